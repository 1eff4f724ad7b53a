/**
 * Differs from the paper (arXiv 2509.04575, section 4.2) in what it leaves open: a group whose solutions all lie equally far from
 * their centre has no weights (the denominator is 0), so all are 1. Equally far is meant up to the rounding of 32-bit embeddings;
 * without a tolerance two different solutions, which mathematically lie equally far, would be weighted by the inverse of a rounding.
 */
import { ShapeError } from '../errors.ts';
import type { SettledGroup } from '../group.ts';
import type { SettleStep } from './settle.ts';

/** Distances of unit vectors in 32 bits that differ by less are equal. */
const ROUNDING = 1e-6;

/**
 * Weights each advantage by how far the rollout's solution lies from the centre of its group: d_i = ‖e_i − ē‖ / (max_j ‖e_j − ē‖ −
 * min_j ‖e_j − ē‖), 1 when the denominator is 0. Groups in which a rollout has no embedding stay as they are. Put it after the
 * advantages.
 *
 * @throws {@link ShapeError} when embeddings of one group differ in width.
 */
export function diversityBonus(): SettleStep {
  return { name: 'diversity-bonus', settle: (groups) => groups.map(settleGroup) };
}

function settleGroup(group: SettledGroup): SettledGroup {
  const embeddings = group.rollouts.flatMap(({ embedding }) => (embedding ? [embedding] : []));
  if (embeddings.length < group.rollouts.length || embeddings.length === 0) return group;
  const weights = diversityWeights(embeddings);
  const rollouts = group.rollouts.map((rollout, index) => ({
    ...rollout,
    advantage: rollout.advantage * weights[index]!,
  }));
  return { ...group, rollouts };
}

function diversityWeights(embeddings: readonly Float32Array[]): number[] {
  const width = embeddings[0]!.length;
  if (embeddings.some(({ length }) => length !== width)) {
    throw new ShapeError(
      'diversityBonus',
      `embeddings of one width in a group`,
      embeddings.map(({ length }) => length),
      'Embed all of them with the same embedder.',
    );
  }
  const centre = new Float64Array(width); // [D]
  for (const embedding of embeddings) {
    for (let axis = 0; axis < width; axis++) centre[axis]! += embedding[axis]! / embeddings.length;
  }
  const distances = embeddings.map((embedding) => distance(embedding, centre));
  const spread = Math.max(...distances) - Math.min(...distances);
  return distances.map((value) => (spread <= ROUNDING ? 1 : value / spread));
}

function distance(a: Float32Array, b: Float64Array): number {
  let square = 0;
  for (let axis = 0; axis < a.length; axis++) square += (a[axis]! - b[axis]!) ** 2;
  return Math.sqrt(square);
}
