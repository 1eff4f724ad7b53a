import { formatCount, formatDuration, formatShare } from '../cli/format.ts';
import { coloursOf, type Series, stackChart } from './charts.ts';
import type { Cell } from './csv.ts';
import { html, type Markup } from './escape.ts';
import { type Chart, curveOf, type Figure, type FigureSource } from './figure.ts';

/** Parts of an iteration, in their order. */
const PHASES = ['draw', 'rollout', 'embed', 'update', 'learn'];
const OTHER = 'other';

/** Where time and tokens went. */
export async function costsFigure({ run, domains, colours }: FigureSource): Promise<Figure> {
  const phases = phaseSeries(run);
  const tokens = domains.flatMap((domain): Series[] => {
    const rollouts = curveOf(run, `${domain}/rollouts`);
    const lengths = new Map(
      curveOf(run, `${domain}/completions/mean_length`).map(({ iteration, value }) => [
        iteration,
        value,
      ]),
    );
    const points = rollouts.map(({ iteration, value }) => ({
      iteration,
      value: Math.round(value * (lengths.get(iteration) ?? 0)),
    }));
    return points.length === 0 ? [] : [{ name: domain, points }];
  });
  const charts: Chart[] = [];
  if (phases.length > 0) {
    const names = phases.map(({ name }) => name);
    const drawn = await stackChart(phases, { colours: coloursOf(names) });
    charts.push({ title: 'Seconds of an iteration, by phase', ...drawn });
  }
  if (tokens.length > 0) {
    charts.push({
      title: 'Tokens sampled in an iteration, by domain',
      ...(await stackChart(tokens, { colours })),
    });
  }
  const rows = [
    ...phases.map((series) => ['seconds', series] as const),
    ...tokens.map((series) => ['tokens', series] as const),
  ].flatMap(([measure, { name, points }]) =>
    points.map(({ iteration, value }): Cell[] => [measure, name, iteration, value]),
  );
  return {
    id: 'costs',
    title: 'Time and tokens',
    note: 'Evaluations and checkpoints are not in these times. Tokens are those the policy sampled in training.',
    charts,
    ...(phases.length > 0 && { below: tableOf(phases, tokens) }),
    csv: { head: ['measure', 'series', 'iteration', 'value'], rows },
  };
}

function phaseSeries({ metrics }: FigureSource['run']): Series[] {
  const found = new Set(metrics.flatMap(({ time }) => Object.keys(time ?? {})));
  const names = PHASES.filter((phase) => found.has(phase));
  const series = names.map((name) => ({
    name,
    points: metrics.map(({ iteration, time }) => ({
      iteration: iteration + 1,
      value: secondsOf(time, name),
    })),
  }));
  const rest = metrics.map(({ iteration, time }) => {
    const known = names.reduce((sum, name) => sum + secondsOf(time, name), 0);
    return { iteration: iteration + 1, value: Math.max(0, secondsOf(time, 'seconds') - known) };
  });
  const all = [...series, { name: OTHER, points: rest }];
  const whole = all.reduce((sum, { points }) => sum + total(points), 0);
  // Parts too small to be seen are added to the rest.
  return all.filter(({ points }) => total(points) > 0.01 * whole);
}

function secondsOf(time: Readonly<Record<string, number>> | undefined, name: string): number {
  const value = time?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function tableOf(phases: readonly Series[], tokens: readonly Series[]): Markup {
  const seconds = phases.reduce((sum, { points }) => sum + total(points), 0);
  const sampled = tokens.reduce((sum, { points }) => sum + total(points), 0);
  const rows = phases.map(({ name, points }) => {
    const own = total(points);
    const samples = name === 'rollout' && sampled > 0;
    return html`<tr><th scope="row">${name}</th><td>${formatDuration(own)}</td><td>${formatShare(own / seconds)}</td>
<td>${samples ? formatCount(sampled) : '–'}</td><td>${samples ? formatCount(sampled / own) : '–'}</td></tr>`;
  });
  return html`<div class="wide"><table><thead><tr><th scope="col">phase</th><th scope="col">time</th><th scope="col">share</th>
<th scope="col">tokens sampled</th><th scope="col">tokens / s</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function total(points: Series['points']): number {
  return points.reduce((sum, { value }) => sum + value, 0);
}
