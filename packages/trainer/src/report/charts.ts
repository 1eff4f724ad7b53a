/** Charts as SVG text, drawn when the report is written, so that the page needs no script for them. */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type Markup, trusted } from './escape.ts';
import { type CurvePoint, smooth, thin } from './thin.ts';

/** Told apart by people who do not see all colours (Okabe and Ito). */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#b8860b',
  '#56b4e9',
  '#444444',
  '#999999',
] as const;

/** A colour for each of several names. */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name, index) => [name, COLOURS[index % COLOURS.length]!]));
}

/** A chart, and what its colours stand for; nothing when there is but one. */
export interface Drawn {
  readonly svg: Markup;
  readonly key: readonly { readonly name: string; readonly colour: string }[];
}

/** One curve of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** Measured now and then: dots joined by a line, never smoothed. */
  readonly dots?: boolean;
}

/** What all charts have. */
export interface ChartOptions {
  readonly colours: ReadonlyMap<string, string>;
  /** Values are shares, shown as per cent from 0 to 100. */
  readonly share?: boolean;
}

/** From the first that is drawn to the last. */
const ITERATIONS = {
  ...quantity('x', 'iteration'),
  scale: { zero: false, nice: false },
} as const;
const WIDTH = 330;
const HEIGHT = 190;
const MOST_POINTS = 200;
/** Of a stack, whose edges are hard to follow when they jump. */
const MOST_STEPS = 80;

/** Curves over iterations: every value faint, their moving mean bold. */
export function lineChart(series: readonly Series[], options: ChartOptions): Promise<Drawn> {
  const rows = (points: readonly CurvePoint[], name: string) =>
    thin(points, MOST_POINTS).map(({ iteration, value }) => ({ name, x: iteration, y: value }));
  const lines = series.filter(({ dots }) => !dots);
  const dots = series.filter((one) => one.dots);
  const encoding = {
    x: ITERATIONS,
    y: height(options, valuesOf(series)),
  };
  return draw(series, options, {
    encoding,
    layer: [
      {
        data: { values: lines.flatMap(({ name, points }) => rows(points, name)) },
        mark: { type: 'line', opacity: 0.25, strokeWidth: 1 },
      },
      {
        data: { values: lines.flatMap(({ name, points }) => rows(smooth(points), name)) },
        mark: { type: 'line', strokeWidth: 2 },
      },
      {
        data: { values: dots.flatMap(({ name, points }) => rows(points, name)) },
        mark: { type: 'line', strokeDash: [4, 3], point: { filled: true, size: 36 } },
      },
    ],
  });
}

/** A measured value at a number of rewrites, with its interval where it has one. */
export interface RewriteRow {
  readonly name: string;
  readonly rewrites: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Curves over the number of rewrites, with their intervals. */
export function rewriteChart(rows: readonly RewriteRow[], options: ChartOptions): Promise<Drawn> {
  const names = [...new Set(rows.map(({ name }) => name))];
  const banded = rows.filter(({ low, high }) => low !== undefined && high !== undefined);
  const y = height(
    options,
    rows.flatMap(({ value, low = value, high = value }) => [value, low, high]),
  );
  const ticks = [...new Set(rows.map(({ rewrites }) => rewrites))];
  return draw(
    names.map((name) => ({ name })),
    options,
    {
      encoding: { x: { ...quantity('rewrites', 'rewrites k'), axis: { values: ticks } } },
      layer: [
        {
          data: { values: banded },
          mark: { type: 'area', opacity: 0.15 },
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          data: { values: rows },
          mark: { type: 'line', point: { filled: true, size: 36 } },
          encoding: { y: { ...y, field: 'value' } },
        },
      ],
    },
  );
}

/** Parts of a whole over iterations, one upon the other; in a long run the means of stretches. */
export function stackChart(series: readonly Series[], options: ChartOptions): Promise<Drawn> {
  const values = series.flatMap(({ name, points }) =>
    thin(points, MOST_STEPS).map(({ iteration, value }) => ({ name, x: iteration, y: value })),
  );
  return draw(series, options, {
    data: { values },
    mark: { type: 'area', opacity: 0.85 },
    encoding: {
      x: ITERATIONS,
      y: { ...height(options, valuesOf(series)), stack: 'zero' },
    },
  });
}

function valuesOf(series: readonly Series[]): number[] {
  return series.flatMap(({ points }) => points.map(({ value }) => value));
}

function quantity(field: string, title: string | null) {
  return { field, type: 'quantitative', title } as const;
}

/** @param values - All that are drawn. */
function height({ share }: ChartOptions, values: readonly number[]) {
  const most = Math.max(0, ...values.map(Math.abs));
  const format = share ? { format: '.0%' } : most < 10_000 ? {} : { format: '~s' };
  // A curve of zeros alone has no extent to draw an axis over.
  const scale = share || most === 0 ? { domain: [0, 1] } : { zero: true, nice: true };
  return { ...quantity('y', null), axis: { ...format, tickCount: 5 }, scale };
}

type Drawing = Readonly<Record<string, unknown>> & { readonly encoding: object };

async function draw(
  series: readonly { readonly name: string }[],
  { colours }: ChartOptions,
  { encoding, ...drawing }: Drawing,
): Promise<Drawn> {
  const names = series.map(({ name }) => name);
  const key = names.map((name) => ({ name, colour: colours.get(name) ?? COLOURS[0] }));
  const color = {
    field: 'name',
    type: 'nominal',
    title: null,
    // Names are data to the library, never expressions.
    scale: { domain: names, range: key.map(({ colour }) => colour) },
    legend: null,
  };
  const spec = {
    config: CONFIG,
    background: null,
    width: WIDTH,
    height: HEIGHT,
    autosize: { type: 'fit', contains: 'padding' },
    padding: 2,
    ...drawing,
    encoding: { ...encoding, color },
  };
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: SILENT });
  const view = new View(parse(compiled.spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  const short = svg.replace(/(?<=\d\.\d\d)\d+/gu, '');
  return { svg: trusted(short), key: colours.size > 1 ? key : [] };
}

const CONFIG = {
  font: 'system-ui, sans-serif',
  aria: false,
  view: { stroke: null },
  axis: {
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: '#4a5560',
    titleColor: '#4a5560',
    gridColor: '#e6eaee',
    domainColor: '#b6c0ca',
    tickColor: '#b6c0ca',
  },
  axisX: { grid: false, tickCount: 5, tickMinStep: 1, format: 'd' },
};

/** An empty layer is no fault here. */
const SILENT = {
  level: () => SILENT,
  error: () => SILENT,
  warn: () => SILENT,
  info: () => SILENT,
  debug: () => SILENT,
} as never;
