/** Adapters in files: PEFT's `adapter_model.safetensors`, held to the model they belong to. */
import { join } from 'node:path';
import { CheckpointError, nearest, showValue } from '@taskspace/core';
import { type AdapterConfig, readAdapterConfig } from './adapter-config.ts';
import type { DecoderConfig } from './config.ts';
import { adapterSpecs } from './lora.ts';
import { LORA_TARGETS, type LoraConfig } from './lora-config.ts';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts';

/** Adapters and what they are. */
export interface Adapters {
  readonly lora: LoraConfig;
  /** By our own names (see `lora.ts`), in the order of {@link adapterSpecs}. */
  readonly parameters: Map<string, Float32Array>;
}

/**
 * Reads a folder's adapters.
 *
 * @param model - The model they belong to.
 * @throws {@link CheckpointError} naming everything that does not fit.
 */
export async function readAdapters(folder: string, model: DecoderConfig): Promise<Adapters> {
  const config = await readAdapterConfig(folder);
  if (config === null) {
    throw new CheckpointError(
      folder,
      'expected adapters with an adapter_config.json, got none. Give a folder as PEFT or a run with policy.lora writes it.',
    );
  }
  const path = join(folder, ADAPTER_FILE);
  const tensors = await readSafetensors(path);
  const lora = { ...settings(config), targets: targetsIn(path, [...tensors.keys()]) };
  const parameters = new Map<string, Float32Array>();
  const problems: string[] = [];
  for (const { name, shape } of adapterSpecs({ ...model, lora })) {
    const tensor = tensors.get(PREFIX + name);
    problems.push(...tensorProblems(PREFIX + name, shape, tensor));
    if (tensor) parameters.set(name, tensor.data);
    tensors.delete(PREFIX + name);
  }
  for (const name of tensors.keys()) {
    problems.push(`${name}: expected tensors of the model's layers only, got this one besides`);
  }
  refuse(path, problems);
  return { lora, parameters };
}

/**
 * Writes adapters into a folder.
 *
 * @param config - Of the model, with its adapters.
 * @throws {@link CheckpointError} when the disk is full.
 */
export async function writeAdapters(
  folder: string,
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const tensors = adapterSpecs(config).map(
    ({ name, shape }) => [PREFIX + name, { shape, data: parameters.get(name)! }] as const,
  );
  await writeSafetensors(join(folder, ADAPTER_FILE), new Map(tensors), { format: 'pt' });
}

const ADAPTER_FILE = 'adapter_model.safetensors';
/** PEFT wraps a model twice. */
const PREFIX = 'base_model.model.';
const MOST_SHOWN = 5;

function settings({ rank, alpha, dropout }: AdapterConfig): Omit<LoraConfig, 'targets'> {
  return { rank, alpha, dropout };
}

/** The modules that tensors are named after. */
function targetsIn(path: string, names: readonly string[]): LoraConfig['targets'] {
  const found = new Set(names.map((name) => /\.([^.]+)\.lora_[AB]\.weight$/u.exec(name)?.[1]));
  const strange = names.find((name) => {
    const module = /\.([^.]+)\.lora_[AB]\.weight$/u.exec(name)?.[1];
    return !LORA_TARGETS.some((target) => target === module);
  });
  if (strange !== undefined || names.length === 0) {
    const close = strange === undefined ? undefined : nearest(strange, LORA_TARGETS);
    const hint = close === undefined ? '' : ` Did you mean "${close}"?`;
    throw new CheckpointError(
      path,
      `expected adapters of ${LORA_TARGETS.join(', ')}, got ${strange ?? 'no tensor'}.${hint} Train adapters of these modules alone.`,
    );
  }
  return LORA_TARGETS.filter((target) => found.has(target));
}

function tensorProblems(
  name: string,
  shape: readonly number[],
  tensor: StoredTensor | undefined,
): string[] {
  if (tensor === undefined) return [`${name}: expected it in every layer, got none`];
  if (String(tensor.shape) !== String(shape)) {
    return [`${name}: expected shape ${showValue(shape)}, got ${showValue(tensor.shape)}`];
  }
  const at = tensor.data.findIndex((number) => !Number.isFinite(number));
  return at < 0
    ? []
    : [`${name}: expected finite numbers, got ${tensor.data[at]} at element ${at}`];
}

function refuse(path: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > MOST_SHOWN ? `; and ${problems.length - MOST_SHOWN} more` : '';
  throw new CheckpointError(
    path,
    `adapters that do not fit: ${problems.slice(0, MOST_SHOWN).join('; ')}${more}. Use the model they were trained on.`,
  );
}
