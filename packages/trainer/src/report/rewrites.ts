import type { Estimate } from '../run/bootstrap.ts';
import type { EvaluationReport } from '../run/evaluate.ts';
import { type CurvePoint, isRightOrWrong } from '../run/rewrite-curve.ts';
import { coloursOf, type RewriteRow, rewriteChart } from './charts.ts';
import type { Cell } from './csv.ts';
import { html, type Markup } from './escape.ts';
import type { Chart, Figure, FigureSource } from './figure.ts';

const [BEFORE, AFTER] = ['before training', 'after training'];

/** What rewrites do to held-out answers, before and after training. */
export async function rewritesFigure({ run, domains }: FigureSource): Promise<Figure> {
  const curves = domains.flatMap((domain) => curvesOf(run.evaluations, domain));
  const charts: Chart[] = [];
  for (const domain of domains) {
    const own = curves.filter((curve) => curve.domain === domain && curve.points.length > 1);
    if (own.length > 0) charts.push(...(await chartsOf(domain, own)));
  }
  const note =
    charts.length > 0
      ? 'Share of right answers after k rewrites of the same answers, with 95 % intervals over tasks; net corrections are answers that went from wrong to right less those that went from right to wrong.'
      : 'Evaluations of this run ask for no rewrites. Set evaluation.rewrites, for example [0,1,2,4], to see what they do.';
  return {
    id: 'rewrites',
    title: 'K-step curves and net corrections',
    note,
    charts,
    ...(curves.length > 0 && { below: tableOf(curves) }),
    csv: { head: HEAD, rows: curves.flatMap(rowsOf) },
  };
}

interface Curve {
  readonly domain: string;
  readonly when: string;
  readonly iteration: number;
  readonly tasks: number;
  readonly samples: number;
  readonly points: readonly CurvePoint[];
}

/** Those of the first and the last evaluation. */
function curvesOf(evaluations: readonly EvaluationReport[], domain: string): Curve[] {
  const [first, last] = [evaluations[0], evaluations.at(-1)];
  const ends = [
    [BEFORE, first],
    [AFTER, last === first ? undefined : last],
  ] as const;
  return ends.flatMap(([when, evaluation]) => {
    const curve = evaluation?.domains[domain]?.curve;
    if (!evaluation || !curve) return [];
    const { iteration } = evaluation;
    const { tasks, samples, points } = curve;
    return [{ domain, when: iteration === 0 ? BEFORE : when, iteration, tasks, samples, points }];
  });
}

async function chartsOf(domain: string, curves: readonly Curve[]): Promise<Chart[]> {
  const colours = coloursOf([BEFORE, AFTER]);
  const average = curves.flatMap(({ when, points }) =>
    points.flatMap(({ rewrites, average }): RewriteRow[] =>
      average ? [{ name: when, rewrites, ...average }] : [],
    ),
  );
  const quality = curves.flatMap(({ when, points }) =>
    points.flatMap(({ rewrites, quality }): RewriteRow[] =>
      quality ? [{ name: when, rewrites, ...quality }] : [],
    ),
  );
  const net = curves.flatMap(({ when, points }) =>
    points.map(({ rewrites, netCorrections }) => ({ name: when, rewrites, value: netCorrections })),
  );
  return [
    {
      title: `${domain}: right after k rewrites`,
      ...(await rewriteChart(average, { colours, share: true })),
    },
    ...(curves.every(({ points }) => isRightOrWrong(points))
      ? []
      : [
          {
            title: `${domain}: mean quality after k rewrites`,
            ...(await rewriteChart(quality, { colours })),
          },
        ]),
    { title: `${domain}: net corrections`, ...(await rewriteChart(net, { colours })) },
  ];
}

function tableOf(curves: readonly Curve[]): Markup {
  const rows = curves.map(({ domain, when, tasks, samples, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    const rewritten = points.length > 1;
    return html`<tr><th scope="row">${domain}</th><td>${when}</td><td>${tasks} × ${samples}</td>
<td>${percent(first?.average)}</td><td>${rewritten ? percent(last?.average) : '–'}</td>
<td>${rewritten ? signed(last?.netCorrections ?? 0) : '–'}</td><td>${rewritten ? percent(last?.keep) : '–'}</td>
<td>${rewritten ? percent(last?.fix) : '–'}</td></tr>`;
  });
  const most = Math.max(...curves.flatMap(({ points }) => points.map(({ rewrites }) => rewrites)));
  return html`<div class="wide"><table><thead><tr><th scope="col">domain</th><th scope="col">when</th>
<th scope="col">tasks × answers</th><th scope="col">first answers right</th><th scope="col">after ${most} rewrites</th>
<th scope="col">net corrections</th><th scope="col">kept right</th><th scope="col">fixed</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function percent(estimate: Estimate | null | undefined): string {
  if (!estimate) return '–';
  const [value, low, high] = [estimate.value, estimate.low, estimate.high].map((share) =>
    (100 * share).toFixed(1),
  );
  return `${value} % [${low}, ${high}]`;
}

function signed(count: number): string {
  return count > 0 ? `+${count}` : String(count).replace('-', '−');
}

const ESTIMATES = ['average', 'pass', 'quality', 'gain', 'keep', 'fix'] as const;

const HEAD = [
  ...['domain', 'when', 'iteration', 'tasks', 'samples', 'rewrites'],
  ...ESTIMATES.flatMap((name) => [name, `${name}_low`, `${name}_high`]),
  ...['corrected', 'broken', 'net_corrections'],
];

function rowsOf({ domain, when, iteration, tasks, samples, points }: Curve): Cell[][] {
  return points.map((point) => {
    const estimates = ESTIMATES.flatMap((name): Cell[] => {
      const { value = null, low = null, high = null } = point[name] ?? {};
      return [value, low, high];
    });
    const { rewrites, corrected, broken, netCorrections } = point;
    const about = [domain, when, iteration, tasks, samples, rewrites];
    return [...about, ...estimates, corrected, broken, netCorrections];
  });
}
