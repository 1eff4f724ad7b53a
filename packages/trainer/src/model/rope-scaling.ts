/**
 * How models stretch rotary embedding to longer contexts than they were first trained on: by one factor (linear), or by
 * wavelength (Llama 3). Other ways are refused by name, as each computes something else.
 */

/** What the frequencies of rotary embedding are divided by. */
export type RopeScaling =
  | {
      readonly type: 'linear';
      /** `>= 1` */
      readonly factor: number;
    }
  | {
      readonly type: 'llama3';
      /** Divisor of the frequencies of long waves, `>= 1`. */
      readonly factor: number;
      /** Waves longer than the original context over this are long. */
      readonly lowFrequencyFactor: number;
      /** Waves shorter than the original context over this keep their frequency; above `lowFrequencyFactor`. */
      readonly highFrequencyFactor: number;
      /** Context length before stretching, in tokens. */
      readonly originalPositions: number;
    };

/** Told of each field that does not fit: where, what was expected, what came. */
export type ReportProblem = (path: string, expected: string, got: unknown) => void;

/** A frequency, in radians per position, as a model with scaled rotary embedding uses it. */
export function scaledFrequency(frequency: number, scaling: RopeScaling | undefined): number {
  if (scaling === undefined) return frequency;
  if (scaling.type === 'linear') return frequency / scaling.factor;
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalPositions } = scaling;
  const turns = (originalPositions * frequency) / (2 * Math.PI); // within the original context
  if (turns > highFrequencyFactor) return frequency;
  if (turns < lowFrequencyFactor) return frequency / factor;
  const kept = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return (1 - kept) * (frequency / factor) + kept * frequency;
}

/**
 * Reads `rope_scaling`, or `rope_parameters` of newer files, of a config.json.
 *
 * @param path - The field's name, for messages.
 * @param fields - Its content; `rope_theta` in it is left to the caller.
 * @returns Undefined for plain rotary embedding, and after a problem was reported.
 */
export function readRopeScaling(
  path: string,
  fields: Readonly<Record<string, unknown>>,
  problem: ReportProblem,
): RopeScaling | undefined {
  const { rope_type: newer, type: older } = fields;
  const kind = newer ?? older ?? 'default';
  const known = typeof kind === 'string' && Object.hasOwn(FIELDS, kind) ? FIELDS[kind] : undefined;
  if (known === undefined || (newer !== undefined && older !== undefined && newer !== older)) {
    const name = newer === undefined ? 'type' : 'rope_type';
    problem(`${path}.${name}`, `one of ${Object.keys(FIELDS).join(', ')}`, kind);
    return undefined;
  }
  for (const [name, value] of Object.entries(fields)) {
    if (['rope_type', 'type', 'rope_theta', ...known].includes(name)) continue;
    problem(`${path}.${name}`, `no such field beside type "${kind}"`, value);
  }
  let fits = true;
  const number = (name: string, least: number): number => {
    const value = fields[name];
    if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
    problem(`${path}.${name}`, `a number of at least ${least}`, value);
    fits = false;
    return 1;
  };
  if (kind === 'default') return undefined;
  const factor = number('factor', 1);
  if (kind === 'linear') return fits ? { type: 'linear', factor } : undefined;
  const lowFrequencyFactor = number('low_freq_factor', 0);
  const highFrequencyFactor = number('high_freq_factor', 0);
  const originalPositions = number('original_max_position_embeddings', 1);
  if (fits && highFrequencyFactor <= lowFrequencyFactor) {
    problem(`${path}.high_freq_factor`, 'a number above low_freq_factor', highFrequencyFactor);
    return undefined;
  }
  return fits
    ? { type: 'llama3', factor, lowFrequencyFactor, highFrequencyFactor, originalPositions }
    : undefined;
}

/** The `rope_scaling` that Hugging Face tools read; {@link readRopeScaling} undoes it. */
export function toHuggingFaceRopeScaling(
  scaling: RopeScaling | undefined,
): Readonly<Record<string, number | string>> | null {
  if (scaling === undefined) return null;
  const { type, factor } = scaling;
  if (type === 'linear') return { rope_type: type, factor };
  return {
    rope_type: type,
    factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalPositions,
  };
}

/** Fields of each kind, besides its name. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  default: [],
  linear: ['factor'],
  llama3: ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'],
};
