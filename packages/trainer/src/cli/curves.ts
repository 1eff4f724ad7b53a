/** What rewrites do to a domain's answers, as a table for people and as CSV for machines. */
import Table from 'cli-table3';
import type { Estimate } from '../run/bootstrap.ts';
import type { EvaluationReport } from '../run/evaluate.ts';
import type { CurvePoint, RewriteCurve } from '../run/rewrite-curve.ts';

/** The curves of all domains, each under a line that says what it is of; empty when there is none. */
export function renderCurves({ domains }: EvaluationReport): string {
  return Object.entries(domains)
    .flatMap(([name, { curve }]) => (curve ? [renderCurve(name, curve)] : []))
    .join('\n\n');
}

/** Whether a report says anything of rewrites. */
export function hasRewrites({ domains }: EvaluationReport): boolean {
  return Object.values(domains).some(({ curve }) => curve !== undefined && curve.points.length > 1);
}

const ESTIMATES = [
  'average',
  'pass',
  'quality',
  'gain',
  'qualityGain',
  'keep',
  'fix',
  'keepEach',
  'fixEach',
] as const satisfies (keyof CurvePoint)[];

/** One line for each domain and number of rewrites, with a heading; shares in [0, 1], nothing where there is no value. */
export function curvesCsv({ domains }: EvaluationReport): string {
  const head = [
    ...['domain', 'scaffold', 'select', 'samples', 'tasks', 'rewrites'],
    ...['corrected', 'broken', 'net_corrections'],
    ...ESTIMATES.flatMap((name) => [snake(name), `${snake(name)}_low`, `${snake(name)}_high`]),
  ];
  const lines = Object.entries(domains).flatMap(([name, { curve }]) =>
    (curve?.points ?? []).map((point) => {
      const { scaffold, select = '', samples, tasks } = curve!;
      const { rewrites, corrected, broken, netCorrections } = point;
      const about = [name, scaffold, select, samples, tasks, rewrites];
      const estimates = ESTIMATES.flatMap((name) => {
        const { value = '', low = '', high = '' } = point[name] ?? {};
        return [value, low, high];
      });
      return [...about, corrected, broken, netCorrections, ...estimates];
    }),
  );
  return [head, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

function renderCurve(
  name: string,
  { samples, tasks, points, scaffold, select }: RewriteCurve,
): string {
  const how = scaffold === 'greedy' ? `the best so far by ${select}` : 'the latest response';
  const head = [
    'k',
    `avg@${samples} % [95 %]`,
    `pass@${samples}`,
    'Δ points [95 %]',
    'fixed',
    'broken',
    'keep',
    'fix',
  ];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map(() => 'right'),
  });
  for (const { rewrites, average, pass, gain, corrected, broken, keep, fix } of points) {
    const first = [String(rewrites), withInterval(average, false), percent(pass?.value)];
    const changes = [
      withInterval(gain, true),
      String(corrected),
      String(broken),
      percent(keep?.value),
      percent(fix?.value),
    ];
    table.push([...first, ...(rewrites === 0 ? changes.map(() => '') : changes)]);
  }
  return `${name}: k rewrites of ${how}, ${tasks} tasks\n${table.toString()}`;
}

/** Per cent, or percentage points with their sign. */
function withInterval(estimate: Estimate | null, signed: boolean): string {
  if (!estimate) return '–';
  const show = (share: number): string => {
    const sign = !signed ? '' : share < 0 ? '−' : '+';
    return signed ? `${sign}${percent(Math.abs(share))}` : percent(share);
  };
  return `${show(estimate.value)} [${show(estimate.low)}, ${show(estimate.high)}]`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : (100 * share).toFixed(1);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
