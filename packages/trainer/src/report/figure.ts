import type { Drawn } from './charts.ts';
import type { CsvTable } from './csv.ts';
import type { Markup } from './escape.ts';
import { metric, type RunRecord } from './read-run.ts';
import type { CurvePoint } from './thin.ts';

/** A part of the report: what it shows, and the same as numbers. */
export interface Figure {
  /** Names its file and its place in the page. */
  readonly id: string;
  readonly title: string;
  /** How to read it, or why there is nothing. */
  readonly note: string;
  readonly charts: readonly Chart[];
  /** Below the charts. */
  readonly below?: Markup;
  readonly csv: CsvTable;
}

/** One chart of a figure. */
export interface Chart extends Drawn {
  readonly title: string;
}

/** What figures are made of. */
export interface FigureSource {
  readonly run: RunRecord;
  /** In the order of the config. */
  readonly domains: readonly string[];
  readonly colours: ReadonlyMap<string, string>;
}

/** A metric over the iterations that have it. */
export function curveOf({ metrics }: RunRecord, name: string): readonly CurvePoint[] {
  return metrics.flatMap((line) => {
    const value = metric(line, name);
    return value === null ? [] : [{ iteration: line.iteration + 1, value }];
  });
}
