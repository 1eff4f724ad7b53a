import { expect, test } from 'vitest';
import { createVerifierPool } from './pool.ts';

const url = (name: string): URL => new URL(`./__fixtures__/${name}`, import.meta.url);

test('gives the same verdicts as a direct call, in any order of asking', async () => {
  await using pool = createVerifierPool({ size: 2 });
  const outcomes = await Promise.all([
    pool.verify('\\frac{1}{2}', '\\boxed{0.5}'),
    pool.verify('3', '\\boxed{4}'),
    pool.verify(['1', '4'], '\\boxed{4}'),
  ]);
  const verdicts = outcomes.map((outcome) => outcome.status === 'done' && outcome.verdict.correct);
  expect(verdicts).toEqual([true, false, true]);
});

test('kills a worker that overruns, says so, and judges the next answer in a new one', async () => {
  await using pool = createVerifierPool({ overrunMs: 200, workerUrl: url('stuck-worker.mjs') });
  const stuck = await pool.verify('1', 'hang');
  expect(stuck).toMatchObject({ status: 'failed', cause: 'overrun' });
  expect(await pool.verify('1', '1')).toMatchObject({ status: 'done' });
});

test('turns a crash of the worker into a typed failure', async () => {
  await using pool = createVerifierPool({ workerUrl: url('stuck-worker.mjs') });
  expect(await pool.verify('1', 'throw')).toMatchObject({ status: 'failed', cause: 'crash' });
  expect(await pool.verify('1', '1')).toMatchObject({ status: 'done' });
});

test('answers what is still waiting when it is disposed of', async () => {
  const pool = createVerifierPool({ workerUrl: url('stuck-worker.mjs') });
  const waiting = pool.verify('1', 'hang');
  await pool[Symbol.asyncDispose]();
  expect(await waiting).toMatchObject({ status: 'failed' });
});
