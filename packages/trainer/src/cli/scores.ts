import Table from 'cli-table3';
import type { EvaluationReport, Scores } from '../run/evaluate.ts';

/** Held-out accuracy in per cent, by domain and category; with an earlier report as `before → after (change)`. */
export function renderScores(after: EvaluationReport, before: EvaluationReport | null): string {
  const earlier = before !== null && before.iteration !== after.iteration ? before : null;
  const reports = Object.entries(after.domains);
  // A mode that was not asked for has no column.
  const modes = MODES.filter((mode) => reports.some(([, report]) => report[mode] !== undefined));
  const table = new Table({
    head: [`held-out tasks (${after.split})`, 'tasks', ...modes.map((mode) => `${mode} %`)],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', ...modes.map(() => 'right' as const)],
  });
  const add = (name: string, tasks: string, cells: readonly string[] = modes.map(() => '')) =>
    table.push([name, tasks, ...cells]);
  const addScores = (name: string, scores: Scores, was: Scores | undefined) =>
    add(
      name,
      String(scores.tasks),
      modes.map((mode) => cell(scores[mode], was?.[mode])),
    );
  for (const [domain, report] of reports) {
    const was = earlier?.domains[domain];
    addScores(domain, report, was);
    for (const [category, scores] of Object.entries(report.categories)) {
      addScores(`  ${category}`, scores, was?.categories[category]);
    }
    if (report.failures > 0) {
      add(`  failed episodes, not counted: ${report.failures}`, '');
      for (const [kind, count] of Object.entries(report.failureKinds ?? {})) {
        add(`    ${kind}: ${count}`, '');
      }
    }
  }
  return table.toString();
}

const MODES = ['greedy', 'sampled'] as const;

/** Change in percentage points. */
function cell(after: number | undefined, before: number | undefined): string {
  if (after === undefined) return '–';
  if (before === undefined) return percent(after);
  const change = percent(Math.abs(after - before));
  return `${percent(before)} → ${percent(after)} (${after < before ? '−' : '+'}${change})`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
