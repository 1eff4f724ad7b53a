/**
 * Speed of the ML-engineering sandbox: its start-up against a bare Python's, a small scikit-learn solution in a warm worker
 * against a cold start, and many rollouts of it at once against the ideal.
 *
 *     node --conditions=@taskspace/source test/bench/mle.ts [rounds] [rollouts]
 *
 * What is compared runs in turns, and the best of the rounds counts, so that other load on the machine changes it least.
 * The ideal of the rollouts is their number times one cold run, with the same number of cores at work, divided by the
 * cores; the cold runs before and after are both measured, because load changes meanwhile.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createBudget } from '../../packages/domain-mle/src/budget/budget.ts';
import { findPython } from '../../packages/domain-mle/src/python/python.ts';
import {
  createSolutionRunner,
  type SolutionRunner,
} from '../../packages/domain-mle/src/run/solution.ts';
import { findSandbox } from '../../packages/domain-mle/src/sandbox/find.ts';
import type { Sandbox } from '../../packages/domain-mle/src/sandbox/sandbox.ts';

/** What is asked. */
const LIMIT_START = 3;
const LIMIT_WARM = 0.35;
const LIMIT_ROLLOUTS = 1.3;
const CORES = 2;

const SOLUTION = `
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
train, test = pd.read_csv("/data/train.csv"), pd.read_csv("/data/test.csv")
names = [name for name in train.columns if name.startswith("x")]
model = LogisticRegression().fit(train[names], train["y"])
test["y"] = model.predict_proba(test[names])[:, 1]
test[["id", "y"]].to_csv("submission.csv", index=False)
`;

const [rounds = '8', rollouts = '32'] = process.argv.slice(2);
const sandbox = await findSandbox().catch((error: Error) => error);
if (sandbox instanceof Error) {
  console.error(`SKIPPED: ${sandbox.message}`);
  process.exit(0);
}
const python = await findPython({ onNotice: (message) => console.error(message) });
const publicDir = mkdtempSync(join(tmpdir(), 'bench-mle-'));
for (const [file, rows] of [
  ['train.csv', 400],
  ['test.csv', 100],
] as const) {
  const lines = Array.from({ length: rows }, (_, row) => {
    const x = [1, 2, 3, 4].map((place) => Math.sin(row * place * 12.9898) * 3);
    return [row, ...x.map((value) => value.toFixed(4)), x[0]! + x[1]! > 0 ? 1 : 0].join(',');
  });
  writeFileSync(join(publicDir, file), `id,x1,x2,x3,x4,y\n${lines.join('\n')}\n`);
}
const budget = createBudget({ cores: CORES });
const options = { sandbox: sandbox as Sandbox, python, publicDir, budget };
const cold = createSolutionRunner(options);
const warm = createSolutionRunner({ ...options, warm: 1 });
const pooled = createSolutionRunner({ ...options, warm: CORES });

const best = (times: readonly number[]): number => Math.min(...times);
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const solve = async (runner: SolutionRunner, code: string): Promise<void> => {
  const { outcome, trace, kind } = await runner.run(code);
  if (outcome === 'error' && kind !== 'no-submission') throw new Error(`bench: ${trace}`);
};

const bare: number[] = [];
const start: number[] = [];
for (let round = 0; round < 4 * Number(rounds); round++) {
  bare.push(await timed(() => execa(python.executable, ['-s', '-c', 'pass'])));
  start.push(await timed(() => solve(cold, 'pass')));
}
const coldTimes: number[] = [];
const warmTimes: number[] = [];
await solve(warm, SOLUTION);
for (let round = 0; round < Number(rounds); round++) {
  coldTimes.push(await timed(() => solve(cold, SOLUTION)));
  // Its worker had at least one cold run's time to load the libraries; a rollout's sampling takes far longer.
  await new Promise((resolve) => setTimeout(resolve, 2 * best(coldTimes)));
  warmTimes.push(await timed(() => solve(warm, SOLUTION)));
}
await warm[Symbol.asyncDispose]();

const many = (runner: SolutionRunner, count: number) =>
  timed(() => Promise.all(Array.from({ length: count }, () => solve(runner, SOLUTION))));
const oneEach = async () => {
  const each: number[] = [];
  await Promise.all(
    Array.from({ length: CORES }, async () => each.push(await timed(() => solve(cold, SOLUTION)))),
  );
  return Math.max(...each);
};
const ideals: number[] = [];
const shares: number[] = [];
for (let round = 0; round < 2; round++) {
  const before = await oneEach();
  const took = await many(pooled, Number(rollouts));
  const ideal = (((before + (await oneEach())) / 2) * Number(rollouts)) / CORES;
  ideals.push(ideal);
  shares.push(took / ideal);
}
await Promise.all([cold, pooled].map((runner) => runner[Symbol.asyncDispose]()));
await sandbox[Symbol.asyncDispose]();
rmSync(publicDir, { recursive: true, force: true });

const startRatio = best(start) / best(bare);
const warmRatio = best(warmTimes) / best(coldTimes);
const share = best(shares);
const line = (name: string, value: number, limit: number, detail: string): void => {
  console.log(
    `${name.padEnd(24)} ${value.toFixed(2)} (limit ${limit}) ${value <= limit ? 'ok  ' : 'OVER'} ${detail}`,
  );
};
console.log(`sandbox                  ${sandbox.name}, Python ${python.version}`);
line(
  'start ÷ bare Python',
  startRatio,
  LIMIT_START,
  `${best(start).toFixed(1)} ÷ ${best(bare).toFixed(1)} ms`,
);
line(
  'warm ÷ cold',
  warmRatio,
  LIMIT_WARM,
  `${best(warmTimes).toFixed(0)} ÷ ${best(coldTimes).toFixed(0)} ms`,
);
line(
  `${rollouts} rollouts ÷ ideal`,
  share,
  LIMIT_ROLLOUTS,
  `ideal ${(ideals[0]! / 1000).toFixed(1)} s on ${CORES} cores; most at once ${budget.record().mostAtOnce}`,
);
process.exitCode =
  startRatio <= LIMIT_START && warmRatio <= LIMIT_WARM && share <= LIMIT_ROLLOUTS ? 0 : 1;
