/**
 * What a policy will take of the machine's memory, before any of it is taken. Weights, gradients and moments are counted as
 * the engine holds them, activations by the graph that will run, so the estimate follows every change of either.
 */
import { totalmem } from 'node:os';
import type { DecoderConfig, ParameterSpec } from '../model/config.ts';
import { allSpecs, trainedSpecs } from '../model/lora.ts';
import { buildTrainingGraph } from '../model/training-graph.ts';
import { peakBytes } from '../onnx/peak-memory.ts';
import { EngineError } from './engine-error.ts';
import { microBatchBudget } from './micro-batches.ts';

/** Bytes by what they hold. */
export interface MemoryEstimate {
  readonly weights: number;
  readonly gradients: number;
  readonly moments: number;
  readonly reference: number;
  /** Of the micro-batches under way, or what an optimiser step computes where that is more. */
  readonly activations: number;
  /** All of these. */
  readonly total: number;
  /** Keys and values of what is being sampled may take so much besides; what does not fit waits. */
  readonly cache: number;
  /** What the machine has; null for an accelerator, which does not say. */
  readonly available: number | null;
}

/** When the backward pass computes layers again instead of keeping what is inside them. */
export type Recompute = 'auto' | 'always' | 'never';

/** What the estimate depends on. */
export interface MemoryNeeds {
  readonly config: DecoderConfig;
  /** Whether the policy is trained, or only sampled from. */
  readonly trains: boolean;
  readonly keepReference: boolean;
  /** Most positions of a micro-batch. */
  readonly microBatchTokens: number;
  readonly recompute: Recompute;
  /** Micro-batches side by side. */
  readonly width: number;
  /** Bytes of the sampler's caches: as many as it makes use of, and as few as it can do with. */
  readonly cacheBytes: { readonly most: number; readonly least: number };
}

/** An estimate that fits, and whether it takes recomputation to make it. */
export interface MemoryPlan {
  readonly recompute: boolean;
  readonly memory: MemoryEstimate;
}

/** A row of a micro-batch is taken to be no longer than this: what attention needs grows with its square. */
const ESTIMATED_ROW = 512;
const FLOAT_BYTES = 4;

/**
 * Plans a policy's memory.
 *
 * @param available - Bytes the machine has; null when that is not known.
 * @throws {@link EngineError} saying what to do when it cannot fit.
 */
export function planMemory(needs: MemoryNeeds, available: number | null): MemoryPlan {
  const fits = ({ memory }: MemoryPlan) => memory.cache >= needs.cacheBytes.least;
  const plain = estimate(needs, needs.recompute === 'always', available);
  if (fits(plain)) return plain;
  const smaller = needs.recompute === 'auto' && needs.trains;
  const best = smaller ? estimate(needs, true, available) : plain;
  if (fits(best)) return best;
  throw new EngineError(
    `memory: expected the policy to fit ${gigabytes(available!)}, what this machine has; it takes about ${gigabytes(best.memory.total)}: ${describeMemory(best.memory)}. ${advice(needs)}`,
  );
}

/** The parts of an estimate in words. */
export function describeMemory(memory: MemoryEstimate): string {
  const { weights, gradients, moments, reference, activations } = memory;
  const parts = { weights, gradients, moments, reference, activations };
  return Object.entries(parts)
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${name} ${gigabytes(bytes)}`)
    .join(', ');
}

/** Bytes the machine has, or what its container lets it have. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** Bytes as a person reads them: `1.2 GB`, `38 MB`. */
export function gigabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

function estimate(needs: MemoryNeeds, recompute: boolean, available: number | null): MemoryPlan {
  const { config, trains, keepReference, width, cacheBytes } = needs;
  const all = bytesOf(allSpecs(config));
  const trained = trains ? bytesOf(trainedSpecs(config)) : 0;
  const parts = {
    // Whatever a program replaces has two buffers that take turns.
    weights: all + trained,
    gradients: 2 * trained * width,
    moments: 4 * trained,
    reference: keepReference ? 2 * trained : 0,
    // A step's results are there once more before they are taken.
    activations: trains ? Math.max(width * activationBytes(needs, recompute), 3 * trained) : 0,
  };
  const total = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  const cache = Math.min(cacheBytes.most, (available ?? Number.POSITIVE_INFINITY) - total);
  return { recompute, memory: { ...parts, total, cache, available } };
}

function activationBytes(
  { config, microBatchTokens, keepReference, width }: MemoryNeeds,
  recompute: boolean,
): number {
  const budget = microBatchBudget(microBatchTokens, width);
  const graph = buildTrainingGraph(
    config,
    keepReference ? 'clipped-ratio-with-reference' : 'clipped-ratio',
    { recompute },
  );
  const length = Math.min(config.maxPositions, budget, ESTIMATED_ROW);
  return peakBytes(graph, { B: Math.floor(budget / length), T: length });
}

function advice({ config, trains, microBatchTokens }: MemoryNeeds): string {
  const ways = [
    ...(trains && !config.lora ? ['train adapters with policy.lora'] : []),
    ...(trains && microBatchTokens > 256
      ? [`lower memory.microBatchTokens from ${microBatchTokens}`]
      : []),
    'take a smaller model or a machine with more memory',
  ];
  const text = ways.join(', or ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function bytesOf(specs: readonly ParameterSpec[]): number {
  return specs.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, FLOAT_BYTES),
    0,
  );
}
