/**
 * What it costs to write complete groups down: processor time and bytes of an iteration of 32 groups of 8 rollouts, of 100 tokens of
 * prompt and 40 sampled ones, and of reading them back. An iteration of the pocket policy at that size takes about 700 ms on two
 * cores; 5 % of one of them is the limit.
 *
 *     node --conditions=@taskspace/source test/bench/journal.ts
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Group, Instance } from '@taskspace/core';
import { GroupJournal } from '../../packages/trainer/src/run/group-journal.ts';

const [GROUPS, ROLLOUTS, PROMPT, SAMPLED] = [32, 8, 100, 40];
const LIMIT_MS = 0.05 * 700;
const TIMES = 20;

const instances = Array.from({ length: GROUPS }, (_, index): Instance => {
  const task = {
    id: `task-${index}`,
    domain: 'bench',
    instruction: 'x'.repeat(200),
    payload: null,
  };
  return { task, mode: 'base', start: null, depth: 0 };
});
const groups = instances.map((instance, index): Group => {
  const rollouts = Array.from({ length: ROLLOUTS }, (_, rollout) => {
    const length = PROMPT + SAMPLED;
    return {
      id: `0/${index}/${rollout}`,
      history: {
        task: instance.task,
        seed: 1,
        turns: [
          {
            request: [{ role: 'user' as const, content: instance.task.instruction }],
            response: 'y'.repeat(120),
            iterate: 0,
          },
        ],
        ending: 'done' as const,
        closing: [],
      },
      verdict: { quality: 0.5, correct: false },
      sequences: [
        {
          tokens: Int32Array.from({ length }, (_, t) => t),
          lossMask: Uint8Array.from({ length }, (_, t) => Number(t >= PROMPT)),
          sampledLogprobs: Float32Array.from({ length }, Math.random),
        },
      ],
      truncated: false,
      policyVersion: 0,
    };
  });
  return { instance, rollouts, failures: [] };
});

const folder = await mkdtemp(join(tmpdir(), 'bench-journal-'));
const writing: number[] = [];
const reading: number[] = [];
let bytes = 0;
for (let iteration = 0; iteration < TIMES; iteration++) {
  const file = join(folder, `${iteration}.jsonl`);
  const draw = { iteration, policyVersion: 0, instances };
  const started = processorMs();
  await (async () => {
    await using journal = await GroupJournal.open(file, draw);
    for (const [index, group] of groups.entries()) await journal.append(index, group);
  })();
  const written = processorMs();
  await using again = await GroupJournal.open(file, draw);
  if (again.groups.size !== GROUPS) throw new Error('Groups were lost.');
  writing.push(written - started);
  reading.push(processorMs() - written);
  bytes = (await stat(file)).size;
}
await rm(folder, { recursive: true });
const [wrote, read] = [writing, reading].map(
  (times) => times.toSorted((a, b) => a - b)[Math.floor(TIMES / 2)]!,
);
process.stdout.write(
  `${wrote!.toFixed(1)} ms of a core to write an iteration (limit ${LIMIT_MS} ms), ${read!.toFixed(1)} ms to read it, ${(bytes / 1e6).toFixed(2)} MB; medians of ${TIMES}\n`,
);
process.exitCode = wrote! <= LIMIT_MS ? 0 : 1;

/** Of this process, all threads; what others take does not count. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
