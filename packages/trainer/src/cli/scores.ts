import Table from 'cli-table3';
import type { EvaluationReport, Scores } from '../run/evaluate.ts';
import { formatShare } from './format.ts';

/** Held-out accuracy by domain and category, one column a mode; with two reports also what changed between them. */
export function renderScores(after: EvaluationReport, before: EvaluationReport | null): string {
  const compared = before !== null && before.iteration !== after.iteration;
  const columns = compared ? ['before', 'after', 'change'] : [];
  const table = new Table({
    head: [
      `held-out tasks (${after.split})`,
      'tasks',
      ...['greedy', 'sampled'].flatMap((mode) =>
        compared ? columns.map((column) => `${mode} ${column}`) : [mode],
      ),
    ],
    style: { head: [], border: [] },
    colAligns: ['left'],
  });
  const earlier = compared ? before : null;
  for (const [domain, report] of Object.entries(after.domains)) {
    table.push(row(domain, report, earlier?.domains[domain]));
    for (const [category, scores] of Object.entries(report.categories)) {
      table.push(row(`  ${category}`, scores, earlier?.domains[domain]?.categories[category]));
    }
    if (report.failures > 0) table.push([`  (${report.failures} episodes failed, not counted)`]);
  }
  return table.toString();
}

function row(name: string, after: Scores, before: Scores | undefined): string[] {
  const cells = (['greedy', 'sampled'] as const).flatMap((mode) =>
    before === undefined
      ? [formatShare(after[mode])]
      : [formatShare(before[mode]), formatShare(after[mode]), change(before[mode], after[mode])],
  );
  return [name, String(after.tasks), ...cells];
}

/** Difference in percentage points. */
function change(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined) return '–';
  const points = 100 * (after - before);
  return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
}
