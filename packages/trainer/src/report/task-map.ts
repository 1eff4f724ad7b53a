import { createRandom } from '@taskspace/core';
import { UMAP } from 'umap-js';
import type { ShownGroup } from './rollout-groups.ts';
import { embedTexts } from './text-embedding.ts';

/** A group's place on the map. */
export interface MapPoint {
  readonly group: ShownGroup;
  /** In [0, 1], as `y`. */
  readonly x: number;
  readonly y: number;
}

const NEIGHBOURS = 12;

/**
 * Lays out groups in the plane by what their rollouts said, groups that said much the same near each other (UMAP). The same
 * groups always lie the same. Groups without a rollout have no place.
 */
export function taskMap(groups: readonly ShownGroup[]): MapPoint[] {
  const played = groups.filter(({ rollouts }) => rollouts.length > 0);
  const texts = played.map(({ rollouts }) => rollouts.map(({ said }) => said).join('\n'));
  const places = spread(project(texts));
  return played.map((group, index) => ({ group, ...places[index]! }));
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function project(texts: readonly string[]): Place[] {
  const random = createRandom('task map');
  // UMAP needs neighbours; so few points tell nothing by where they lie.
  if (texts.length < 5) return texts.map((_, index) => ({ x: index, y: index % 2 }));
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(NEIGHBOURS, texts.length - 1),
    minDist: 0.4,
    spread: 1,
    nEpochs: 200,
    random: () => random.next(),
  });
  return umap.fit(embedTexts(texts)).map(([x = 0, y = 0]) => ({ x, y }));
}

function spread(places: readonly Place[]): Place[] {
  const scale = (values: readonly number[]) => {
    const low = Math.min(...values);
    const size = Math.max(...values) - low;
    return (value: number): number => (size > 0 ? (value - low) / size : 0.5);
  };
  const x = scale(places.map((place) => place.x));
  const y = scale(places.map((place) => place.y));
  return places.map((place) => ({ x: x(place.x), y: y(place.y) }));
}
