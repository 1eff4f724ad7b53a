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
  readonly xTitle?: string;
  /** Values are shares, shown as per cent from 0 to 100. */
  readonly share?: boolean;
  readonly zero?: boolean;
}

const WIDTH = 330;
const HEIGHT = 190;
const MOST_POINTS = 200;

/** Curves over iterations: every value faint, their moving mean bold. */
export function lineChart(series: readonly Series[], options: ChartOptions): Promise<Markup> {
  const rows = (points: readonly CurvePoint[], name: string) =>
    thin(points, MOST_POINTS).map(({ iteration, value }) => ({ name, x: iteration, y: value }));
  const lines = series.filter(({ dots }) => !dots);
  const dots = series.filter((one) => one.dots);
  const encoding = { x: quantity('x', options.xTitle ?? 'iteration'), y: height(options) };
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
export function rewriteChart(rows: readonly RewriteRow[], options: ChartOptions): Promise<Markup> {
  const names = [...new Set(rows.map(({ name }) => name))];
  const banded = rows.filter(({ low, high }) => low !== undefined && high !== undefined);
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
          encoding: { y: { ...height(options), field: 'low' }, y2: { field: 'high' } },
        },
        {
          data: { values: rows },
          mark: { type: 'line', point: { filled: true, size: 36 } },
          encoding: { y: { ...height(options), field: 'value' } },
        },
      ],
    },
  );
}

/** Parts of a whole over iterations, one upon the other. */
export function stackChart(series: readonly Series[], options: ChartOptions): Promise<Markup> {
  const values = series.flatMap(({ name, points }) =>
    thin(points, MOST_POINTS).map(({ iteration, value }) => ({ name, x: iteration, y: value })),
  );
  return draw(series, options, {
    data: { values },
    mark: { type: 'area', opacity: 0.85 },
    encoding: {
      x: quantity('x', options.xTitle ?? 'iteration'),
      y: { ...height(options), stack: 'zero' },
    },
  });
}

function quantity(field: string, title: string | null) {
  return { field, type: 'quantitative', title } as const;
}

function height({ share, zero = true }: ChartOptions) {
  return {
    ...quantity('y', null),
    axis: share ? { format: '.0%', tickCount: 5 } : { format: '~s', tickCount: 5 },
    scale: share ? { domain: [0, 1] } : { zero, nice: true },
  };
}

type Drawing = Readonly<Record<string, unknown>> & { readonly encoding: object };

async function draw(
  series: readonly { readonly name: string }[],
  { colours }: ChartOptions,
  { encoding, ...drawing }: Drawing,
): Promise<Markup> {
  const names = series.map(({ name }) => name);
  const color = {
    field: 'name',
    type: 'nominal',
    title: null,
    // Names are data to the library, never expressions.
    scale: { domain: names, range: names.map((name) => colours.get(name) ?? COLOURS[0]) },
    legend: names.length > 1 ? { orient: 'top', columns: 2, symbolType: 'stroke' } : null,
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
  return trusted(svg.replace(/(?<=\d\.\d\d)\d+/gu, ''));
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
  axisX: { grid: false, tickCount: 5, format: '~s' },
  legend: { labelFontSize: 11, labelLimit: 140, symbolStrokeWidth: 3, padding: 0, offset: 6 },
};

/** An empty layer is no fault here. */
const SILENT = {
  level: () => SILENT,
  error: () => SILENT,
  warn: () => SILENT,
  info: () => SILENT,
  debug: () => SILENT,
} as never;
