import type { DecoderConfig } from './config.ts';
import { scaledFrequency } from './rope-scaling.ts';

/** Cosines and sines by which rotary embedding turns pairs of a head's dimensions. */
export interface RotationTable {
  /** `[positions, headDim / 2]` */
  readonly cos: Float32Array;
  /** `[positions, headDim / 2]` */
  readonly sin: Float32Array;
}

/** What rotary embedding depends on. */
export type RotaryConfig = Pick<DecoderConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>;

/** Radians per position of every pair of dimensions, scaling included, `[headDim / 2]`. */
export function rotaryFrequencies({ headDim, ropeTheta, ropeScaling }: RotaryConfig): number[] {
  return Array.from({ length: headDim / 2 }, (_, pair) =>
    scaledFrequency(ropeTheta ** ((-2 * pair) / headDim), ropeScaling),
  );
}

/**
 * The rotations of the given positions: dimension i of a head and dimension i + headDim / 2 turn together by
 * position · ropeTheta^(−2i / headDim), as in Hugging Face's Llama, or by what scaling makes of it.
 */
export function rotationTable(config: RotaryConfig, positions: ArrayLike<number>): RotationTable {
  const half = config.headDim / 2;
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(positions.length * half);
  for (const [pair, frequency] of rotaryFrequencies(config).entries()) {
    for (let index = 0; index < positions.length; index++) {
      const angle = positions[index]! * frequency;
      cos[index * half + pair] = Math.cos(angle);
      sin[index * half + pair] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
