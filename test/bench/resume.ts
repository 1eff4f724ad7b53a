/**
 * Kills a training run without warning at random moments and goes on with it: how many of the continuations have metrics and
 * weights equal, bit for bit, to those of a run that was never killed. All of them is the limit.
 *
 *     node --conditions=@taskspace/source test/bench/resume.ts [kills]
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createRandom } from '@taskspace/core';
import { runCommand } from '../__fixtures__/killed-run.ts';
import { metricsOf, tinyConfig } from '../__fixtures__/tiny-run.ts';

const kills = Number(process.argv[2] ?? 50);
const folder = await mkdtemp(join(tmpdir(), 'bench-resume-'));
const config = join(folder, 'run.json');
const objective = { klCoefficient: 0.01, reference: { every: 4, mix: 0.5 } };
await writeFile(config, JSON.stringify({ ...(await tinyConfig(folder)), objective }));
const whole = join(folder, 'whole');
const { events } = await runCommand(['train', config, '--out', whole]);
const random = createRandom('bench/resume');

let [equal, killed] = [0, 0];
for (let kill = 0; kill < kills; kill++) {
  const out = join(folder, `killed-${kill}`);
  const point = { events: 1 + random.integer(events.length - 1), delayMs: random.integer(80) };
  const first = await runCommand(['train', config, '--out', out], point);
  killed += Number(first.signal === 'SIGKILL');
  await runCommand(['train', '--resume', out]);
  const same = isDeepStrictEqual(await metricsOf(out), await metricsOf(whole));
  const weights = (run: string) => readFile(join(run, 'policy', 'model.safetensors'));
  equal += Number(same && (await weights(out)).equals(await weights(whole)));
  process.stdout.write(`\r${kill + 1} of ${kills}: ${equal} equal`);
  await rm(out, { recursive: true });
}
process.stdout.write(
  `\r${equal} of ${kills} continuations equal bit for bit; ${killed} processes were killed mid-run\n`,
);
await rm(folder, { recursive: true });
process.exitCode = equal === kills ? 0 : 1;
