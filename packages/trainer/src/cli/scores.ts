import Table from 'cli-table3';
import type { EvaluationReport, Scores } from '../run/evaluate.ts';

/** Held-out accuracy in per cent, by domain and category; with an earlier report as `before → after (change)`. */
export function renderScores(after: EvaluationReport, before: EvaluationReport | null): string {
  const earlier = before !== null && before.iteration !== after.iteration ? before : null;
  const table = new Table({
    head: [`held-out tasks (${after.split})`, 'tasks', 'greedy %', 'sampled %'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const [domain, report] of Object.entries(after.domains)) {
    const was = earlier?.domains[domain];
    table.push(row(domain, report, was));
    for (const [category, scores] of Object.entries(report.categories)) {
      table.push(row(`  ${category}`, scores, was?.categories[category]));
    }
    if (report.failures > 0) {
      table.push([`  failed episodes, not counted: ${report.failures}`, '', '', '']);
      for (const [kind, count] of Object.entries(report.failureKinds ?? {})) {
        table.push([`    ${kind}: ${count}`, '', '', '']);
      }
    }
  }
  return table.toString();
}

function row(name: string, after: Scores, before: Scores | undefined): string[] {
  const cells = (['greedy', 'sampled'] as const).map((mode) => cell(after[mode], before?.[mode]));
  return [name, String(after.tasks), ...cells];
}

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
