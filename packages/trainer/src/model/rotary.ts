import type { DecoderConfig } from './config.ts';

/** Cosines and sines by which rotary embedding turns pairs of a head's dimensions. */
export interface RotationTable {
  /** `[positions, headDim / 2]` */
  readonly cos: Float32Array;
  /** `[positions, headDim / 2]` */
  readonly sin: Float32Array;
}

/**
 * The rotations of the given positions: dimension i of a head and dimension i + headDim / 2 turn together by
 * position · ropeTheta^(−2i / headDim), as in Hugging Face's Llama.
 */
export function rotationTable(
  { headDim, ropeTheta }: Pick<DecoderConfig, 'headDim' | 'ropeTheta'>,
  positions: ArrayLike<number>,
): RotationTable {
  const half = headDim / 2;
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(positions.length * half);
  for (let pair = 0; pair < half; pair++) {
    const frequency = ropeTheta ** ((-2 * pair) / headDim);
    for (let index = 0; index < positions.length; index++) {
      const angle = positions[index]! * frequency;
      cos[index * half + pair] = Math.cos(angle);
      sin[index * half + pair] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
