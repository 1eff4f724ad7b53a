import { coloursOf, type Series, stackChart } from './charts.ts';
import type { Cell } from './csv.ts';
import { html, type Markup } from './escape.ts';
import { type Chart, curveOf, type Figure, type FigureSource } from './figure.ts';
import { metric } from './read-run.ts';

/** Rollouts and answers that failed, by kind. */
export async function failuresFigure({ run, domains }: FigureSource): Promise<Figure> {
  const counts = [
    ...inTraining(run, domains, 'failures'),
    ...inTraining(run, domains, 'retried'),
    ...inEvaluations(run, domains),
  ];
  const kinds = [...new Set(counts.map(({ kind }) => kind))].sort();
  const charts: Chart[] = [];
  const series = kinds.map((kind): Series => {
    const points = new Map(run.metrics.map(({ iteration }) => [iteration + 1, 0]));
    for (const count of counts) {
      if (count.kind !== kind || count.where !== TRAINING) continue;
      points.set(count.iteration, (points.get(count.iteration) ?? 0) + count.count);
    }
    return { name: kind, points: [...points].map(([iteration, value]) => ({ iteration, value })) };
  });
  const seen = series.filter(({ points }) => points.some(({ value }) => value > 0));
  if (seen.length > 0) {
    const drawn = await stackChart(seen, { colours: coloursOf(kinds) });
    charts.push({ title: 'Failed rollouts of an iteration, by kind', ...drawn });
  }
  const played = total(curveOf(run, 'rollouts')) + total(curveOf(run, 'failures'));
  const failed = total(curveOf(run, 'failures'));
  return {
    id: 'failures',
    title: 'Failures',
    note:
      played === 0
        ? 'No rollouts were played in training.'
        : `${failed.toLocaleString('en')} of ${played.toLocaleString('en')} rollouts failed in training${mended(counts)}. A failed rollout is counted by its kind and never given a reward.`,
    charts,
    ...(counts.length > 0 && { below: tableOf(counts) }),
    csv: {
      head: ['where', 'domain', 'kind', 'iteration', 'count'],
      rows: counts.map(({ where, domain, kind, iteration, count }): Cell[] => [
        where,
        domain,
        kind,
        iteration,
        count,
      ]),
    },
  };
}

const TRAINING = 'training';
const MENDED = 'training, mended by another try';

/** What failed and then did not. */
function mended(counts: readonly FailureCount[]): string {
  const tries = counts.filter(({ where }) => where === MENDED);
  const sum = tries.reduce((all, { count }) => all + count, 0);
  return sum === 0 ? '' : `, and ${sum.toLocaleString('en')} more that another try mended`;
}

interface FailureCount {
  readonly where: string;
  readonly domain: string;
  readonly kind: string;
  readonly iteration: number;
  readonly count: number;
}

/** @param name - What the metrics call them. */
function inTraining(
  { metrics }: FigureSource['run'],
  domains: readonly string[],
  name: 'failures' | 'retried',
): readonly FailureCount[] {
  const where = name === 'failures' ? TRAINING : MENDED;
  return metrics.flatMap((line) =>
    domains.flatMap((domain) => {
      const start = `${domain}/${name}/`;
      return Object.keys(line).flatMap((name): FailureCount[] => {
        const count = name.startsWith(start) ? metric(line, name) : null;
        if (count === null) return [];
        const kind = name.slice(start.length);
        return [{ where, domain, kind, iteration: line.iteration + 1, count }];
      });
    }),
  );
}

function inEvaluations(
  { evaluations }: FigureSource['run'],
  domains: readonly string[],
): readonly FailureCount[] {
  return evaluations.flatMap((evaluation) =>
    domains.flatMap((domain) =>
      Object.entries(evaluation.domains[domain]?.failureKinds ?? {}).map(([kind, count]) => ({
        where: 'evaluation',
        domain,
        kind,
        iteration: evaluation.iteration,
        count,
      })),
    ),
  );
}

function tableOf(counts: readonly FailureCount[]): Markup {
  const groups = Map.groupBy(counts, ({ where, domain, kind }) => [where, domain, kind].join('\n'));
  const rows = [...groups.values()]
    .map((own) => ({ ...own[0]!, count: own.reduce((sum, { count }) => sum + count, 0) }))
    .sort((a, b) => b.count - a.count)
    .map(
      ({ where, domain, kind, count }) =>
        html`<tr><th scope="row">${domain}</th><td>${kind}</td><td>${where}</td><td>${count}</td></tr>`,
    );
  return html`<div class="wide"><table><thead><tr><th scope="col">domain</th><th scope="col">kind</th>
<th scope="col">where</th><th scope="col">count</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function total(points: Series['points']): number {
  return points.reduce((sum, { value }) => sum + value, 0);
}
