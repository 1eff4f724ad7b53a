/** The matrices of a layer that can have adapters, in the order of their parameters. */
export const LORA_TARGETS = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const;

/** One of {@link LORA_TARGETS}. */
export type LoraTarget = (typeof LORA_TARGETS)[number];

/** Stands for all of {@link LORA_TARGETS}: every linear map but the output's. */
export const ALL_LINEAR = 'all-linear';

/**
 * Low-rank adapters (arXiv 2106.09685): beside a frozen matrix W of every layer goes (alpha / rank) · B · A, of which A and B
 * alone are trained.
 */
export interface LoraConfig {
  /** Rows of A and columns of B, `>= 1`. */
  readonly rank: number;
  /** The adapters' product is multiplied by `alpha / rank`. */
  readonly alpha: number;
  /** In the order of {@link LORA_TARGETS}, none twice. */
  readonly targets: readonly LoraTarget[];
  /** Share of the adapters' inputs that is set to 0, in training only, `0 <= dropout < 1`. */
  readonly dropout: number;
}

/** The targets that names stand for, `all-linear` among them, in the order of {@link LORA_TARGETS}. */
export function resolveTargets(names: readonly string[]): readonly LoraTarget[] {
  return LORA_TARGETS.filter((target) => names.includes(target) || names.includes(ALL_LINEAR));
}
