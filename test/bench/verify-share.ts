/**
 * The verifier's share of a training iteration at 128 prompts × 8 completions (limit 1 %): iterations of the pocket policy on
 * all generated families, whose answers are compared as formulas, with the time spent in the verifier taken out of each.
 *
 *     node --conditions=@taskspace/source test/bench/verify-share.ts [iterations] [path=value …]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Domain, DomainParts } from '@taskspace/core';
import { loadRunConfig, type MetricsLine, trainRun } from '@taskspace/trainer';
import { parseSetting } from '../__fixtures__/settings.ts';

const MOST_SHARE = 0.01;
const iterations = Number(process.argv[2] ?? 6);
const folder = await mkdtemp(join(tmpdir(), 'bench-verify-share-'));
const file = fileURLToPath(new URL('../../examples/math-grpo.yaml', import.meta.url));
const set = [
  { path: 'iterations', value: iterations },
  { path: 'evaluation.tasks', value: 0 },
  { path: 'rollout.prompts', value: 128 },
  { path: 'rollout.groupSize', value: 8 },
  { path: 'domains.math.subset', value: 'all' },
  { path: 'out', value: join(folder, 'run') },
  ...process.argv.slice(3).map(parseSetting),
];
const { config, domains } = await loadRunConfig({ file, set });

let verifyMs = 0;
let judged = 0;
const lines: MetricsLine[] = [];
const listener = { onIteration: (line: MetricsLine) => lines.push(line) };
await trainRun({ config, domains: domains.map(timed) }, { listener });
await rm(folder, { recursive: true });

const seconds = lines.reduce((sum, { time }) => sum + time.seconds!, 0);
const share = verifyMs / 1000 / seconds;
console.log(
  `judged           ${judged} completions in ${lines.length} iterations of ${(seconds / lines.length).toFixed(2)} s`,
);
console.log(`one completion   ${((1000 * verifyMs) / judged).toFixed(0)} µs`);
console.log(
  `verifier         ${(100 * share).toFixed(2)} % of the iterations (limit ${100 * MOST_SHARE} %)`,
);
process.exitCode = share < MOST_SHARE ? 0 : 1;

/** The domain with a clock around its verifier, which works on the caller's own thread. */
function timed(domain: Domain): Domain {
  return {
    ...domain,
    async create(options, services): Promise<DomainParts> {
      const parts = await domain.create(options, services);
      return {
        ...parts,
        verifier: {
          async verify(history, context) {
            const start = performance.now();
            const verdict = await parts.verifier.verify(history, context);
            verifyMs += performance.now() - start;
            judged += 1;
            return verdict;
          },
        },
      };
    },
  };
}
