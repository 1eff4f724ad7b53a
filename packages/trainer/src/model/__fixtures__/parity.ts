/** What the tests of parity with Python share. */
import type { Message } from '@taskspace/core';
import { expect } from 'vitest';
import type { OptimParams } from '../../backend/backend.ts';
import type { PlainTensor } from '../../onnx/run.ts';
import type { ModelFolder } from '../checkpoint.ts';
import { accumulatedName } from '../graph-names.ts';
import { allSpecs } from '../lora.ts';
import { rotationTable } from '../rotary.ts';

/** What a script of test/peer wrote of one model. */
export interface Expected {
  /** 65 of them: 64 predictions. */
  readonly tokens: readonly number[];
  readonly logitPositions: readonly number[];
  /** Of every step of AdamW, before it. */
  readonly losses: readonly number[];
  readonly optimizer: OptimParams;
  readonly samples: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly decoded: string;
  }[];
  readonly conversations: readonly {
    readonly messages: readonly Message[];
    readonly addGenerationPrompt: boolean;
    readonly text: string;
    readonly ids: readonly number[];
  }[];
}

/** What graphs over the first 64 tokens read; the loss is the mean over all targets. */
export function inputsOf(
  { config, parameters }: Pick<ModelFolder, 'config' | 'parameters'>,
  tokens: readonly number[],
): Record<string, PlainTensor> {
  const count = tokens.length - 1;
  const positions = Array.from({ length: count }, (_, at) => at);
  const table = rotationTable(config, positions);
  const inputs: Record<string, PlainTensor> = {
    ids: { data: tokens.slice(0, -1), shape: [1, count] },
    targets: { data: tokens.slice(1), shape: [1, count] },
    weights: { data: positions.map(() => 1 / count), shape: [1, count] },
    positions: { data: positions, shape: [count] },
    cos: { data: [...table.cos], shape: [count, config.headDim / 2] },
    sin: { data: [...table.sin], shape: [count, config.headDim / 2] },
  };
  for (const { name, shape } of allSpecs(config)) {
    const data = [...parameters.get(name)!];
    inputs[name] = { data, shape };
    inputs[accumulatedName(name)] = { data: data.map(() => 0), shape };
  }
  return inputs;
}

/** Largest difference between two lists of numbers. */
export function furthest(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  let most = 0;
  for (let index = 0; index < ours.length; index++) {
    const distance = Math.abs(ours[index]! - theirs[index]!);
    if (!(distance <= most)) most = distance;
  }
  return most;
}

/** Euclidean length. */
export function length(vector: ArrayLike<number>): number {
  return Math.hypot(...Array.from(vector));
}
