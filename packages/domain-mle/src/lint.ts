import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TaskDefect, TaskspaceError } from '@taskspace/core';
import type { CatalogEntry } from './catalog.ts';
import { type Competition, loadCompetition } from './competitions/competition.ts';
import { grade } from './competitions/grade.ts';
import { MLE_BENCH_PRESETS } from './competitions/mle-bench-presets.ts';
import { InvalidTable } from './csv/invalid-table.ts';
import { parseTable } from './csv/parse-table.ts';

/** Loads every competition and reports what would spoil its scores. */
export async function* lintCompetitions(
  entries: readonly CatalogEntry[],
  signal: AbortSignal,
): AsyncGenerator<TaskDefect> {
  for (const entry of entries) {
    signal.throwIfAborted();
    let competition: Competition;
    try {
      competition = await loadCompetition(await entry.open());
    } catch (error) {
      if (!(error instanceof TaskspaceError)) throw error;
      yield defect(entry.id, 'loads', 'error', error.message);
      continue;
    }
    try {
      yield* lintCompetition(competition);
    } finally {
      await competition.dispose();
    }
  }
}

async function* lintCompetition(competition: Competition): AsyncGenerator<TaskDefect> {
  const { id, publicDir, sampleSubmission, answers, manifest } = competition;
  if (sampleSubmission === null) {
    yield defect(id, 'sample', 'warning', 'There is no sample submission to tell the columns by.');
  } else {
    const { valid, problem, reward } = grade(
      await readFile(join(publicDir, sampleSubmission)),
      competition,
    );
    if (!valid) {
      yield defect(id, 'sample', 'warning', `The sample submission is not valid: ${problem}`);
    } else if (reward > SAMPLE_WORTH) {
      const percent = Math.round(100 * reward);
      yield defect(
        id,
        'range',
        'warning',
        `The sample submission is worth ${percent} %: "worst" is worse than no skill, so that little is left to gain.`,
      );
    }
  }
  const leaking = MLE_BENCH_PRESETS[id]?.dropColumns ?? [];
  const shown = leaking.filter((name) => !(manifest.dropColumns ?? []).includes(name));
  if (shown.length > 0) {
    yield defect(
      id,
      'leak',
      'warning',
      `Columns known to give answers away are shown: ${shown.join(', ')}. Name them in dropColumns.`,
    );
  }
  for (const file of await readdir(publicDir)) {
    if (!/\.csv$/iu.test(file) || file === sampleSubmission) continue;
    const found = leakedTargets(await readFile(join(publicDir, file)), answers);
    if (found.length === 0) continue;
    yield defect(
      id,
      'leak',
      'error',
      `${file} holds rows to predict together with ${found.join(', ')}.`,
    );
  }
}

/** Above this a sample submission is worth more than a solution without skill should be. */
const SAMPLE_WORTH = 0.3;

/** Target columns of a public table that are filled for rows whose ids are to be predicted. */
function leakedTargets(bytes: Uint8Array, { idColumn, targets, keys }: Competition['answers']) {
  try {
    const { columns, rows } = parseTable(bytes);
    const id = columns.indexOf(idColumn);
    if (id < 0 || keys.matching !== 'by-id') return [];
    const tested = rows.filter((row) => keys.positions.has(row[id]!));
    return targets.filter((target) => {
      const place = columns.indexOf(target);
      return place >= 0 && tested.some((row) => row[place] !== '');
    });
  } catch (error) {
    if (!(error instanceof InvalidTable)) throw error;
    return []; // not a table of this package's kind; nothing to compare
  }
}

function defect(
  taskId: string,
  rule: string,
  severity: TaskDefect['severity'],
  message: string,
): TaskDefect {
  return { taskId, rule, severity, message, excluded: false };
}
