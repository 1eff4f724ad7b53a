/**
 * Speed of the ML-engineering sandbox: its start-up against a bare Python's, a small scikit-learn solution in a warm worker
 * against a cold start, and many rollouts of it on two cores against the ideal.
 *
 *     node --conditions=@taskspace/source test/bench/mle.ts [rounds] [rollouts]
 *
 * What is compared runs in turns, each pair gives a ratio, and the median of the ratios counts, so that load which comes and
 * goes changes it least. The ideal of the rollouts is their number times one cold run, divided by the cores; while that one runs
 * a plain loop keeps the other core busy, so that both sides have the same claim on a machine that others use too. Rollouts are
 * run cold, and from a pool of warm workers: with all cores taken, loading the libraries for the next one is work like any other.
 * Do not believe what a machine says whose load, which is printed, is far above its cores.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
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
/** Of every worker that was started: resolves when its libraries are loaded, or it has ended. */
const loaded: Promise<void>[] = [];
const watched: Sandbox = {
  ...options.sandbox,
  run: ({ onReady, ...spec }) => {
    if (onReady === undefined) return options.sandbox.run(spec);
    const { promise, resolve } = Promise.withResolvers<void>();
    loaded.push(promise);
    const result = options.sandbox.run({
      ...spec,
      onReady: () => {
        onReady();
        resolve();
      },
    });
    void result.finally(resolve).catch(() => undefined); // its error goes to whoever runs it
    return result;
  },
};
const warm = createSolutionRunner({ ...options, sandbox: watched, warm: 1 });
const pooled = createSolutionRunner({ ...options, sandbox: watched, warm: CORES });

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[numbers.length >> 1]!;
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const solve = async (runner: SolutionRunner, code: string): Promise<void> => {
  const { outcome, trace, kind } = await runner.run(code);
  if (outcome === 'error' && kind !== 'no-submission') throw new Error(`bench: ${trace}`);
};

/** Times of two things in turns, and the median of their ratios. */
const compare = async (
  count: number,
  ours: () => Promise<number>,
  other: () => Promise<number>,
): Promise<{ readonly ratio: number; readonly detail: string }> => {
  const pairs: (readonly [number, number])[] = [];
  for (let round = 0; round < count; round++) {
    const otherMs = await other();
    pairs.push([await ours(), otherMs]);
  }
  const [ourMs, otherMs] = [0, 1].map((side) => median(pairs.map((pair) => pair[side]!)));
  return {
    ratio: median(pairs.map(([one, two]) => one / two)),
    detail: `${ourMs!.toFixed(0)} ÷ ${otherMs!.toFixed(0)} ms, ${count} pairs`,
  };
};

const start = await compare(
  4 * Number(rounds),
  () => timed(() => solve(cold, 'pass')),
  () => timed(() => execa(python.executable, ['-s', '-c', 'pass'])),
);

await solve(warm, SOLUTION);
const warmed = await compare(
  Number(rounds),
  () => timed(() => solve(warm, SOLUTION)),
  async () => {
    // The next worker loads while a rollout is sampled, which takes longer; here nothing else runs meanwhile.
    await Promise.all(loaded);
    return timed(() => solve(cold, SOLUTION));
  },
);
await Promise.all(loaded);
await warm[Symbol.asyncDispose]();

const many = (runner: SolutionRunner) => () =>
  timed(() => Promise.all(Array.from({ length: Number(rollouts) }, () => solve(runner, SOLUTION))));
/** Of three runs one after another: the ideal of all rollouts follows from one. */
const ideal = async (): Promise<number> => {
  await Promise.all(loaded);
  const busy = Array.from({ length: CORES - 1 }, () =>
    execa(python.executable, ['-s', '-c', 'while True: pass'], { reject: false }),
  );
  const times: number[] = [];
  for (let run = 0; run < 3; run++) times.push(await timed(() => solve(cold, SOLUTION)));
  for (const loop of busy) loop.kill('SIGKILL');
  await Promise.all(busy);
  return (median(times) * Number(rollouts)) / CORES;
};
const turns = Math.ceil(Number(rounds) / 2);
const coldMany = await compare(turns, many(cold), ideal);
const warmMany = await compare(turns, many(pooled), ideal);
await Promise.all([cold, pooled].map((runner) => runner[Symbol.asyncDispose]()));
await sandbox[Symbol.asyncDispose]();
rmSync(publicDir, { recursive: true, force: true });

const load = loadavg()[0]!.toFixed(1);
console.log(`${sandbox.name}, Python ${python.version}, load ${load} on ${cpus().length} cores`);
const lines = [
  ['start ÷ bare Python', start, LIMIT_START],
  ['warm ÷ cold', warmed, LIMIT_WARM],
  [`${rollouts} cold rollouts ÷ ideal`, coldMany, LIMIT_ROLLOUTS],
  [`${rollouts} from a pool ÷ ideal`, warmMany, LIMIT_ROLLOUTS],
] as const;
for (const [name, { ratio, detail }, limit] of lines) {
  const verdict = ratio <= limit ? 'ok  ' : 'OVER';
  console.log(`${name.padEnd(26)} ${ratio.toFixed(2)} (limit ${limit}) ${verdict} ${detail}`);
}
process.exitCode = lines.every(([, { ratio }, limit]) => ratio <= limit) ? 0 : 1;
