import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerLine } from '../answer-lines.ts';

/** Counts of one task's answers; a column of the same name in every row. */
export type Row = Readonly<Record<string, number>>;

/** Counts by task, `<domain>/<task>`. */
export type Outcomes = ReadonlyMap<string, Row>;

/**
 * Reads what a policy answered: by task how many answers there were (`answers`), how many were right after k rewrites
 * (`right<k>`), and over all single rewrites shown a right answer (`rightEach`) or a wrong one (`wrongEach`), how many came out right
 * (`keptEach`, `fixedEach`). Answers that did not get through to the last rewrite are left out.
 *
 * @param folder - Of an evaluation.
 * @param rewrites - Ascending from 0.
 */
export async function readOutcomes(folder: string, rewrites: readonly number[]): Promise<Outcomes> {
  const text = await readFile(join(folder, 'answers.jsonl'), 'utf8');
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AnswerLine);
  const isSampled = lines.some(({ mode }) => mode === 'sampled');
  const wanted = lines.filter(({ mode }) => mode === (isSampled ? 'sampled' : 'greedy'));
  const tasks = Map.groupBy(wanted, ({ domain, task }) => `${domain}/${task}`);
  return new Map([...tasks].map(([task, own]) => [task, countsOf(own, rewrites)]));
}

function countsOf(lines: readonly AnswerLine[], rewrites: readonly number[]): Row {
  const row: Record<string, number> = { answers: 0 };
  const add = (column: string, count: number) => {
    row[column] = (row[column] ?? 0) + count;
  };
  for (const own of Map.groupBy(lines, ({ sample }) => sample).values()) {
    const right = rewrites.map((k) => own.find((line) => line.rewrites === k)?.verdict?.correct);
    if (right.includes(undefined)) continue;
    add('answers', 1);
    for (const [index, k] of rewrites.entries()) add(`right${k}`, Number(right[index]));
    // Greedy search does not judge every rewrite: the first and the last answer then stand for them.
    const chain = own.find((line) => line.chain)?.chain ?? [right[0]!, right.at(-1)!];
    for (const [index, now] of chain.entries()) {
      const shown = chain[index - 1];
      if (shown === undefined) continue;
      add(shown ? 'rightEach' : 'wrongEach', 1);
      add(shown ? 'keptEach' : 'fixedEach', Number(now));
    }
  }
  return row;
}
