/**
 * The labelled development cases and the published sets, read in place: a folder found through TASKSPACE_DATA or beside
 * the repository. They are not part of it, so these tests are skipped, loudly, where it is missing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optionsOfNote } from './note-options.ts';
import { verifyAnswer } from './verify.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const data = process.env.TASKSPACE_DATA ?? join(root, '..', 'shared', 'data');
const isThere = existsSync(join(data, 'math-verify')) && existsSync(join(data, 'math'));
if (!isThere) {
  console.warn(
    `SKIPPED: answers of published sets, because ${data} has no math and math-verify. Set TASKSPACE_DATA.`,
  );
}

function readLines(...path: readonly string[]): Record<string, unknown>[] {
  const text = readFileSync(join(data, ...path), 'utf8').trim();
  if (text.startsWith('[')) return JSON.parse(text) as Record<string, unknown>[];
  return text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe.skipIf(!isThere)('published answers', () => {
  test('at least 98 % of the development cases are right, at most 3 wrongly true', () => {
    const cases = readLines('math-verify', 'dev.jsonl');
    const wrong = cases.filter(({ gold, pred, expected, note }) => {
      const options = optionsOfNote(note as string | undefined);
      return verifyAnswer(String(gold), String(pred), options).correct !== expected;
    });
    expect(wrong.length).toBeLessThanOrEqual(0.02 * cases.length);
    expect(wrong.filter(({ expected }) => expected === false).length).toBeLessThanOrEqual(3);
  });

  test.each([['train'], ['test']])(
    'every worked solution of GSM8K %s is right as a response, and wrong with its last number changed',
    (split) => {
      for (const { answer } of readLines('math', 'gsm8k', `${split}.jsonl`)) {
        const solution = String(answer);
        const number = solution.slice(solution.lastIndexOf('####') + 4).trim();
        const changed = solution.replace(/\d(?!.*\d)/su, (digit) =>
          String((Number(digit) + 1) % 10),
        );
        for (const gold of [solution, number]) {
          expect([solution, verifyAnswer(gold, solution).correct]).toEqual([solution, true]);
          expect([changed, verifyAnswer(gold, changed).correct]).toEqual([changed, false]);
        }
      }
    },
    60_000,
  );

  test.each([
    ['test-math', 500],
    ['test-aime', 30],
    ['test-amc', 83],
    ['test-minerva', 351],
    ['test-olympiad_bench', 675],
    ['train-aime', 975],
    ['train-math', 7_472],
  ])(
    'every answer of %s equals itself in a box, and almost all read as mathematics',
    (name, size) => {
      let unread = 0;
      const answers = readLines('math', 'deepscaler', `${name}.json`)
        .flatMap(({ answer }) => (Array.isArray(answer) ? answer : [answer]))
        .map(String)
        .filter((answer) => answer.trim() !== '');
      expect(answers).toHaveLength(size);
      for (const answer of answers) {
        const verdict = verifyAnswer(answer, `Therefore the answer is $\\boxed{${answer}}$.`);
        expect([answer, verdict.correct]).toEqual([answer, true]);
        if (
          verifyAnswer(answer, '?', { answerOnly: true }).reason.startsWith(
            'The gold answer does not',
          )
        )
          unread++;
      }
      expect(unread / answers.length).toBeLessThan(0.005);
    },
  );
});
