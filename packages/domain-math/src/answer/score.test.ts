import { expect, test } from 'vitest';
import { type ScoredLine, type ScoreOptions, scoreLines } from './score.ts';

async function collect(
  lines: Iterable<unknown>,
  options: ScoreOptions = {},
): Promise<ScoredLine[]> {
  const scored: ScoredLine[] = [];
  for await (const line of scoreLines(lines, options)) scored.push(line);
  return scored;
}

test('judges lines in order, each by the options of its note', async () => {
  const scored = await collect([
    { id: 'a', gold: '1/3', pred: '0.333' },
    { id: 'b', gold: '1/3', pred: '0.333', note: 'opts={"precision": 3}; rounded' },
    { id: 'c', gold: 'B', pred: 'The answer is B.', note: 'opts={"targets": "string"}' },
    { id: 'd', gold: 'U', pred: 'It is U', note: 'opts={"strings": "U", "targets": "string"}' },
    { id: 'e', gold: '5', pred: '5', note: 'an ordinary remark' },
  ]);
  expect(scored.map(({ id, correct }) => [id, correct])).toEqual([
    ['a', false],
    ['b', true],
    ['c', true],
    ['d', true],
    ['e', true],
  ]);
  expect(scored.every(({ timeMs }) => timeMs >= 0)).toBe(true);
});

test('adds the explanation when asked', async () => {
  const [line] = await collect([{ id: 1, gold: '\\frac{1}{2}', pred: '\\boxed{0.5}' }], {
    explain: true,
  });
  expect(line).toMatchObject({
    id: '1',
    correct: true,
    explanation: { rule: 'same-form', responseReading: '1/2', extracted: { response: ['0.5'] } },
  });
});

test('says on the line what is wrong with its options, and judges the others', async () => {
  const [bad, good] = await collect([
    { id: 'x', gold: '1', pred: '1', note: 'opts={"precison": 3}' },
    { id: 'y', gold: '1', pred: '1' },
  ]);
  expect(bad).toMatchObject({
    correct: false,
    reason: expect.stringContaining('"precison" is not an option'),
  });
  expect(good).toMatchObject({ correct: true });
});

test('names the line that is no completion', async () => {
  await expect(collect([{ id: 'x', gold: '1', pred: '1' }, { id: 'y' }])).rejects.toThrow(
    /line 2: expected "gold" .*"pred" a text/,
  );
});
