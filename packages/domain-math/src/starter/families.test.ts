import { createRandom } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { judge } from '../judge.ts';
import { splitOf } from '../split.ts';
import { countStatements, falseStatements } from './__fixtures__/latex-value.ts';
import { FAMILIES } from './families.ts';
import { LEVELS, type Problem } from './family.ts';

const CASES = FAMILIES.flatMap((family) => LEVELS.map((level) => ({ family, level })));
const generate = ({ family, level }: (typeof CASES)[number], seed: number) =>
  family.generate(level, createRandom(seed).fork(family.name).fork(level));

test('there are at least 16 families beside the pocket ones, with names of their own', () => {
  expect(FAMILIES.filter(({ pocket }) => pocket !== true).length).toBeGreaterThanOrEqual(16);
  expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
});

describe.each(CASES)('$family.name level $level', (chosen) => {
  const problems = Array.from({ length: 100 }, (_, seed) => generate(chosen, seed));

  test('has worked answers that are judged correct', () => {
    for (const { gold, solution } of problems) {
      expect(solution).toMatch(/\\boxed\{.*\}\$?\.?$/);
      expect(judge(gold, solution, {}), solution).toMatchObject({ correct: true });
    }
  });

  test('computes truly', () => {
    for (const { solution } of problems) expect(falseStatements(solution)).toEqual([]);
    if (chosen.family.pocket) return;
    const statements = problems.reduce((sum, { solution }) => sum + countStatements(solution), 0);
    expect(statements).toBeGreaterThan(problems.length / 2);
  });

  test('is drawn from the stream alone', () => {
    const spelt = (problem: Problem) => JSON.stringify(problem);
    expect(spelt(generate(chosen, 3))).toBe(spelt(generate(chosen, 3)));
    expect(problems.every(({ goldSteps }) => goldSteps >= 1)).toBe(true);
  });

  test('has problems in every split', () => {
    const splits = problems.map(({ key }) => splitOf(`${chosen.family.name}: ${key}`));
    expect(new Set(splits).size).toBe(3);
    expect(new Set(problems.map(({ key }) => key)).size).toBeGreaterThan(40);
  });

  test('writes no doubled signs, NaN or undefined', () => {
    if (chosen.family.pocket) return;
    for (const { text, solution } of problems) {
      expect(`${text} ${solution}`).not.toMatch(/NaN|undefined|\+ -|- -|\+ \+|\$\$|e\+|Infinity/);
    }
  });
});

test('same key, same answer', () => {
  const answers = new Map<string, string>();
  for (const chosen of CASES) {
    for (let seed = 0; seed < 300; seed++) {
      const { key, gold } = generate(chosen, seed);
      if (!('answer' in gold)) continue;
      const name = `${chosen.family.name}: ${key}`;
      expect(answers.get(name) ?? gold.answer, name).toBe(gold.answer);
      answers.set(name, `${gold.answer}`);
    }
  }
});
