/**
 * Where the keys and values of prompts and completions lie.
 *
 * A batch has **P** slots. A slot holds one prompt's cache, of Tp columns, and `lanes` completions of that prompt, each with a cache
 * of Tg columns of its own. Both are filled from column 0 on and padded at the end: what a completion sees lies at the same
 * columns whenever it joined and whoever its neighbours are, and additive masks hide the rest exactly (weight 0). With widths
 * in whole vectors of the processor its results are then the same to the last bit.
 */
import type { DecoderConfig } from '../model/config.ts';

/** Sizes of a batch's caches. */
export interface CacheShape {
  /** **P** */
  readonly slots: number;
  /** Completions per slot. */
  readonly lanes: number;
  /** Tp */
  readonly promptColumns: number;
  /** Tg */
  readonly generatedColumns: number;
}

/** The four kinds of cache a layer has. */
export type CacheKind = 'promptKey' | 'promptValue' | 'key' | 'value';

export const CACHE_KINDS: readonly CacheKind[] = ['promptKey', 'promptValue', 'key', 'value'];

/** Graph name of one layer's cache. */
export function cacheName(kind: CacheKind, layer: number): string {
  return `${kind}.${layer}`;
}

/** Graph names of the caches of these kinds, layer by layer. */
export function cacheNames(
  { layers }: Pick<DecoderConfig, 'layers'>,
  kinds: readonly CacheKind[],
): string[] {
  return Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
    kinds.map((kind) => cacheName(kind, layer)),
  );
}

/** Graph name of one layer's keys or values fresh from a prefill. */
export function freshName(kind: CacheKind, layer: number): string {
  return `fresh.${kind}.${layer}`;
}

/** Shape of a cache of the given kind; prompt keys lie transposed, as they are written once and read often. */
export function cacheShape(
  { keyValueHeads, headDim }: Pick<DecoderConfig, 'keyValueHeads' | 'headDim'>,
  kind: CacheKind,
  { slots, lanes, promptColumns, generatedColumns }: CacheShape,
): number[] {
  if (kind === 'promptKey') return [slots, keyValueHeads, headDim, promptColumns];
  if (kind === 'promptValue') return [slots, keyValueHeads, promptColumns, headDim];
  return [slots, keyValueHeads, lanes, generatedColumns, headDim];
}

/** Columns of a cache for sequences up to this length: 32, 64, 128, 192, 256, 384, 512 … */
export function cacheColumns(length: number): number {
  if (length <= 64) return length <= 32 ? 32 : 64;
  return roundUp(length, Math.max(64, powerBelow(length - 1) / 2));
}

/** Length prompts are padded to for a prefill: at most a quarter more, and no less than 16. */
export function prefillLength(length: number): number {
  return roundUp(length, Math.max(16, powerBelow(length) / 4));
}

/** Prompts of this padded length that share a prefill. */
export function prefillRows(paddedLength: number): number {
  return Math.max(1, Math.floor(PREFILL_TOKENS / paddedLength));
}

/**
 * How many completions share a slot. Sharing saves reading the prompt's cache once per completion, but a slot is only free
 * again when its last completion ends: for short prompts that waste is the larger.
 */
export function lanesPerSlot(samples: number, promptColumns: number): number {
  return Math.min(samples, Math.max(1, powerBelow(promptColumns / LANE_COLUMNS)));
}

/** Tokens of one prefill. */
const PREFILL_TOKENS = 128;
/** Prompt columns that are worth one more completion in the slot. */
const LANE_COLUMNS = 32;

function roundUp(length: number, step: number): number {
  return Math.ceil(length / step) * step;
}

/** Largest power of two not above a number >= 1. */
function powerBelow(length: number): number {
  return 2 ** Math.floor(Math.log2(length));
}
