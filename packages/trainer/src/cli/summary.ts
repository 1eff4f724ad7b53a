import Table from 'cli-table3';
import type { EvaluationReport } from '../run/evaluate.ts';
import { type CurvePoint, isRightOrWrong, type RewriteCurve } from '../run/rewrite-curve.ts';

/**
 * What a run with rewrites came to, by domain, in per cent: answers before and after training, and after the most rewrites of the
 * trained policy's answers. Mean quality stands below a domain whose answers can be better or worse without being right.
 *
 * @param before - Null when it was not measured.
 */
export function renderSummary(after: EvaluationReport, before: EvaluationReport | null): string {
  const curves = Object.entries(after.domains).flatMap(([domain, { curve }]) =>
    curve ? [{ domain, curve, was: before?.domains[domain]?.curve }] : [],
  );
  const most = Math.max(...curves.map(({ curve }) => curve.points.at(-1)?.rewrites ?? 0));
  const table = new Table({
    head: [`held-out tasks (${after.split})`, 'tasks', 'before %', 'after %', `${most} rewrites %`],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const { domain, curve, was } of curves) {
    table.push([domain, String(curve.tasks), ...cells(curve, was, 'average')]);
    if (!isRightOrWrong(curve.points))
      table.push(['  quality', '', ...cells(curve, was, 'quality')]);
  }
  return table.toString();
}

type Measure = 'average' | 'quality';

function cells(
  { points }: RewriteCurve,
  was: RewriteCurve | undefined,
  measure: Measure,
): readonly [string, string, string] {
  const value = (point: CurvePoint | undefined): number | undefined => point?.[measure]?.value;
  const [before, after, rewritten] = [was?.points[0], points[0], points.at(-1)].map(value);
  return [percent(before), change(before, after), change(after, rewritten)];
}

function change(from: number | undefined, to: number | undefined): string {
  if (to === undefined || from === undefined) return percent(to);
  const points = 100 * (to - from);
  const sign = points < -0.05 ? '−' : '+';
  return `${percent(to)} (${sign}${Math.abs(points).toFixed(1)})`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : (100 * share).toFixed(1);
}
