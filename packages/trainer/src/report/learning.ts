import { coloursOf, lineChart, type Series } from './charts.ts';
import { type Chart, curveOf, type Figure, type FigureSource } from './figure.ts';

const SOLVED = 'solved in training';
const GREEDY = 'held out, most likely answer';
const SAMPLED = 'held out, sampled answers';

/** How well each domain is solved in training and on held-out tasks, and the mean rewards. */
export async function learningFigure({ run, domains, colours }: FigureSource): Promise<Figure> {
  const measures = coloursOf([SOLVED, GREEDY, SAMPLED]);
  const charts: Chart[] = [];
  const rows: (string | number)[][] = [];
  const rewards: Series[] = [];
  for (const domain of domains) {
    const series = [
      { name: SOLVED, points: curveOf(run, `${domain}/solved`) },
      { name: GREEDY, points: heldOut(run, domain, 'greedy'), dots: true },
      { name: SAMPLED, points: heldOut(run, domain, 'sampled'), dots: true },
    ].filter(({ points }) => points.length > 0);
    const reward = { name: domain, points: curveOf(run, `${domain}/reward`) };
    for (const { name, points } of [...series, { ...reward, name: 'reward' }]) {
      rows.push(...points.map(({ iteration, value }) => [domain, name, iteration, value]));
    }
    if (reward.points.length > 0) rewards.push(reward);
    if (series.length > 0) {
      const drawn = await lineChart(series, { colours: measures, share: true });
      charts.push({ title: `${domain}: share solved`, ...drawn });
    }
  }
  if (rewards.length > 0) {
    charts.push({ title: 'Mean reward', ...(await lineChart(rewards, { colours })) });
  }
  return {
    id: 'learning',
    title: 'Learning curves',
    note:
      charts.length > 0
        ? 'Faint: every iteration, or the mean of a stretch of them in a long run. Bold: moving mean. Dots: measured on held-out tasks.'
        : 'No iteration is complete yet.',
    charts,
    csv: { head: ['domain', 'measure', 'iteration', 'value'], rows },
  };
}

function heldOut(
  { evaluations }: FigureSource['run'],
  domain: string,
  score: 'greedy' | 'sampled',
): Series['points'] {
  return evaluations.flatMap(({ iteration, domains }) => {
    const value = domains[domain]?.[score];
    return typeof value === 'number' ? [{ iteration, value }] : [];
  });
}
