/**
 * The shipped policy on every problem of the published sets that lie in a folder: what counts is that all of them load, are
 * prompted, sampled, judged and reported; a pocket policy solves next to none.
 *
 *     TASKSPACE_DATA=FOLDER node --conditions=@taskspace/source test/bench/benchmarks.ts
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateRun, loadEvalConfig } from '@taskspace/trainer';

const root = join(import.meta.dirname, '..', '..');
const data = join(
  process.env.TASKSPACE_DATA ?? join(root, '..', 'shared', 'data'),
  'math',
  'deepscaler',
);
const SETS = {
  math500: ['test-math.json', 500],
  aime24: ['test-aime.json', 30],
  'amc12-2022': ['test-amc.json', 43],
  'amc12-2023': ['test-amc.json', 40],
  minerva: ['test-minerva.json', 272],
  olympiadbench: ['test-olympiad_bench.json', 675],
} as const;

if (!existsSync(data)) {
  console.log(`SKIPPED: ${data} is not there. Set TASKSPACE_DATA.`);
  process.exit();
}
let complete = true;
for (const [source, [file, expected]] of Object.entries(SETS)) {
  const started = performance.now();
  const loaded = await loadEvalConfig({
    file: join(root, 'examples', 'math-benchmarks.yaml'),
    set: [
      { path: 'domains.math.source', value: source },
      { path: 'domains.math.data.path', value: join(data, file) },
    ],
  });
  const { tasks, greedy = 0, failures } = (await evaluateRun(loaded)).domains.math!;
  const seconds = (performance.now() - started) / 1000;
  complete &&= tasks === expected && failures === 0;
  console.log(
    `${source}: ${tasks} of ${expected} problems answered, ${failures} failed, ${(100 * greedy).toFixed(1)} % right, ${seconds.toFixed(0)} s`,
  );
}
process.exitCode = complete ? 0 : 1;
