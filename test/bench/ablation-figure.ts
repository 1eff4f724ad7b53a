/**
 * Draws what an ablation found: accuracy after k rewrites by method with its interval, and beside it the mean depth of the
 * instances each method practised, over the iterations of training. The claim: practice stays shallow while k still pays.
 *
 *     node --conditions=@taskspace/source test/bench/ablation-figure.ts RUNS/ablation figure.svg
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Table {
  readonly rewrites: readonly number[];
  readonly learningRates: Readonly<Record<string, number>>;
  readonly domains: readonly {
    readonly domain: string;
    readonly rows: readonly { readonly variant: string; readonly accuracy: readonly Measured[] }[];
  }[];
}

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) {
  console.error('Expected the folder of an ablation and a file to write, for example figure.svg.');
  process.exit(2);
}
const table = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8')) as Table;
const methods = table.domains[0]!.rows.map(({ variant }) => variant);
const colour = { field: 'method', type: 'nominal', sort: methods, title: null } as const;
const k = { field: 'k', type: 'quantitative', title: 'rewrites k' } as const;
const spec: TopLevelSpec = {
  config: { font: 'sans-serif', view: { stroke: null } },
  background: 'white',
  hconcat: [
    {
      title: 'Accuracy after k rewrites, held-out tasks',
      data: { values: curves() },
      width: 320,
      height: 260,
      encoding: { x: k, color: colour },
      layer: [
        {
          mark: { type: 'area', opacity: 0.12 },
          encoding: {
            y: { field: 'low', type: 'quantitative', title: 'per cent', scale: { zero: false } },
            y2: { field: 'high' },
          },
        },
        {
          mark: { type: 'line', point: true },
          encoding: { y: { field: 'accuracy', type: 'quantitative' } },
        },
      ],
    },
    {
      title: 'Mean depth practised',
      data: { values: depths() },
      width: 320,
      height: 260,
      mark: 'line',
      encoding: {
        x: { field: 'iteration', type: 'quantitative' },
        y: {
          field: 'depth',
          aggregate: 'mean',
          type: 'quantitative',
          title: 'rewrites behind a response',
        },
        color: colour,
      },
    },
  ],
};
const view = new View(parse(compile(spec).spec), { renderer: 'none' });
writeFileSync(out, `${await view.toSVG()}\n`);
const deepest = Math.max(...depths().map(({ depth }) => depth));
console.log(`wrote ${out}; the greatest mean depth of an iteration was ${deepest.toFixed(2)}`);

function curves() {
  return table.domains[0]!.rows.flatMap(({ variant, accuracy }) =>
    accuracy.map(({ value, low, high }, index) => ({
      method: variant,
      k: table.rewrites[index]!,
      accuracy: 100 * value,
      low: 100 * low,
      high: 100 * high,
    })),
  );
}

/** Mean depth of each iteration of the runs that are reported, which are those at their method's chosen rate. */
function depths() {
  const runs = join(folder!, 'runs');
  return readdirSync(runs).flatMap((run) => {
    const named = /^(\w+)-rate-(.+)-seed-(\d{1,3})$/u.exec(run);
    if (!named) return [];
    const [, method = '', rate] = named;
    if (Number(rate) !== table.learningRates[method]) return [];
    return readFileSync(join(runs, run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, number>>)
      .map((metrics) => ({
        method,
        iteration: metrics.iteration!,
        depth: metrics['curriculum/depth'] ?? 0,
      }));
  });
}
