import type { Split } from '@taskspace/core';
import { unpackShipped } from '../starter/tables.ts';

/** What scripts/measure-pocket.py found for one variation. */
export interface Measured {
  /** Position in the split's sequence of variations. */
  readonly index: number;
  /** Score of the best constant. */
  readonly worst: number;
  /** Best score of the programs tried. */
  readonly best: number;
  /** How many percent of the way each program of the grid came; -1 where it failed. */
  readonly percents: readonly number[];
}

/** The measured variations, by split. */
export async function readMeasured(): Promise<Readonly<Record<Split, readonly Measured[]>>> {
  const text = (await unpackShipped('pocket.json.gz')).toString();
  return JSON.parse(text) as Readonly<Record<Split, readonly Measured[]>>;
}
