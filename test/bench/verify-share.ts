/**
 * The verifier's share of a training iteration at 128 prompts × 8 completions: of the main job (limit 1 %), and of the same policy
 * on all generated families, whose answers are compared as formulas. The first half of the iterations warms the compiler up and
 * does not count. Wall-clock time: where sampling keeps all cores busy, the verifier waits for one as well.
 *
 *     node --conditions=@taskspace/source test/bench/verify-share.ts [iterations]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Domain, DomainParts } from '@taskspace/core';
import { loadRunConfig, type MetricsLine, trainRun } from '@taskspace/trainer';

const MOST_SHARE = 0.01;
const iterations = Number(process.argv[2] ?? 16);
const file = fileURLToPath(new URL('../../examples/math-grpo.yaml', import.meta.url));
let verifyMs = 0;
let judged = 0;

const share = await measure('main job', 'pocket');
await measure('all families', 'all');
process.exitCode = share < MOST_SHARE ? 0 : 1;

async function measure(name: string, subset: 'pocket' | 'all'): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-verify-share-'));
  const set = [
    { path: 'iterations', value: iterations },
    { path: 'evaluation.tasks', value: 0 },
    { path: 'rollout.prompts', value: 128 },
    { path: 'rollout.groupSize', value: 8 },
    { path: 'domains.math.subset', value: subset },
    { path: 'out', value: join(folder, 'run') },
  ];
  const { config, domains } = await loadRunConfig({ file, set });
  const counted: MetricsLine[] = [];
  const listener = {
    onIteration(line: MetricsLine) {
      if (line.iteration >= iterations / 2) counted.push(line);
      else [verifyMs, judged] = [0, 0];
    },
  };
  await trainRun({ config, domains: domains.map(timed) }, { listener });
  await rm(folder, { recursive: true });
  const seconds = counted.reduce((sum, { time }) => sum + time.seconds!, 0);
  const share = verifyMs / 1000 / seconds;
  console.log(
    `${name.padEnd(14)} ${(100 * share).toFixed(2)} % of iterations of ${(seconds / counted.length).toFixed(1)} s, ` +
      `${((1000 * verifyMs) / judged).toFixed(0)} µs a completion (limit for the main job ${100 * MOST_SHARE} %)`,
  );
  return share;
}

/** The domain with a clock around its verifier, which works on the caller's own thread. */
function timed(domain: Domain): Domain {
  return {
    ...domain,
    async create(options, services): Promise<DomainParts> {
      const parts = await domain.create(options, services);
      return {
        ...parts,
        verifier: {
          verify(history, context) {
            const start = performance.now();
            // It answers at once; awaiting it here would count what others do meanwhile.
            const verdict = parts.verifier.verify(history, context);
            verifyMs += performance.now() - start;
            judged += 1;
            return verdict;
          },
        },
      };
    },
  };
}
