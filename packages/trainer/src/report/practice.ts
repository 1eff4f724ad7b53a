import { coloursOf, lineChart, type Series, stackChart } from './charts.ts';
import type { Cell } from './csv.ts';
import { type Chart, curveOf, type Figure, type FigureSource } from './figure.ts';

const MEASURES = [
  { name: 'depth', title: 'Depth: rewrites behind a response' },
  { name: 'recency', title: 'Recency: age of the start, iterations' },
  { name: 'learnability', title: 'Learnability: variance of quality in a group' },
  { name: 'startTurn', title: 'First turn played' },
  { name: 'buffer/size', title: 'Entries in the buffer' },
  { name: 'buffer/min_score', title: 'Lowest score in the buffer' },
  { name: 'distinct', title: 'Distinct instances so far' },
  { name: 'distinct_per_base_task', title: 'Distinct instances to a base task' },
  { name: 'cosineDistance', title: 'Cosine distance between instances' },
  { name: 'l2Distance', title: 'Euclidean distance between instances' },
] as const;

/** Charts of the measures of difficulty that domains name; all are in the table. */
const MOST_DIFFICULTY_CHARTS = 6;

const MODES = ['base', 'replay', 'improve', 'diverge'];

/** What the curriculum practised, and how its buffer grew. */
export async function practiceFigure({ run, domains, colours }: FigureSource): Promise<Figure> {
  const charts: Chart[] = [];
  const rows: Cell[][] = [];
  const add = (measure: string, series: readonly Series[]): void => {
    for (const { name, points } of series) {
      rows.push(...points.map(({ iteration, value }) => [measure, name, iteration, value]));
    }
  };
  const modes = MODES.flatMap((mode): Series[] => {
    const points = curveOf(run, `curriculum/mode/${mode}/instances`);
    return points.length === 0 ? [] : [{ name: mode, points: everyIteration(run, points) }];
  });
  if (modes.length > 0) {
    add('instances by mode', modes);
    const drawn = await stackChart(modes, { colours: coloursOf(MODES) });
    charts.push({ title: 'Instances practised, by mode', ...drawn });
  }
  const difficulties = difficultyNames(run, domains).map((name) => ({
    name: `measure/${name}`,
    title: `Difficulty of what is practised: ${name}`,
  }));
  const shown = [...MEASURES, ...difficulties.slice(0, MOST_DIFFICULTY_CHARTS)];
  for (const { name, title } of [...MEASURES, ...difficulties]) {
    const series = domains
      .map((domain) => ({
        name: domain,
        points: curveOf(run, `curriculum/domain/${domain}/${name}`),
      }))
      .filter(({ points }) => points.length > 0);
    add(name, series);
    if (series.length === 0 || !shown.some((one) => one.name === name)) continue;
    // A level line says nothing that its absence does not, but of what everybody looks for.
    const isLevel = series.every(({ points }) =>
      points.every(({ value }) => value === points[0]!.value),
    );
    if (isLevel && name !== 'depth' && name !== 'learnability') continue;
    charts.push({ title, ...(await lineChart(series, { colours })) });
  }
  return {
    id: 'practice',
    title: 'Buffer and practice',
    note:
      charts.length > 0
        ? 'Means over the instances drawn in an iteration, and the state of the task buffer after it.'
        : run.config.curriculum === undefined
          ? 'A warm start on demonstrations has no curriculum.'
          : 'This run practises base tasks alone: it has no task buffer. Set curriculum.name to exit to grow one.',
    charts,
    csv: { head: ['measure', 'series', 'iteration', 'value'], rows },
  };
}

/** What domains measure of their tasks before training, as gold steps or calls. */
function difficultyNames({ metrics }: FigureSource['run'], domains: readonly string[]): string[] {
  const names = new Set<string>();
  for (const line of metrics) {
    for (const domain of domains) {
      const start = `curriculum/domain/${domain}/measure/`;
      for (const name of Object.keys(line)) {
        if (name.startsWith(start)) names.add(name.slice(start.length));
      }
    }
  }
  return [...names].sort();
}

/** A mode that was not drawn in an iteration was drawn 0 times. */
function everyIteration({ metrics }: FigureSource['run'], points: Series['points']) {
  const known = new Map(points.map(({ iteration, value }) => [iteration, value]));
  return metrics.map((line) => {
    const iteration = line.iteration + 1;
    return { iteration, value: known.get(iteration) ?? 0 };
  });
}
