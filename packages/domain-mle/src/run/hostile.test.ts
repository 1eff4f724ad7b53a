import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPython, type PythonRuntime } from '../python/python.ts';
import type { Sandbox } from '../sandbox/contract.ts';
import { findSandbox } from '../sandbox/find.ts';
import { HONEST, hostilePrograms } from './__fixtures__/hostile.ts';
import { createSolutionRunner, type SolutionOutcome, type SolutionRunner } from './solution.ts';

const CANARY = `canary-${createHash('sha256').update(String(process.hrtime.bigint())).digest('hex').slice(0, 24)}`;
const LIMITS = {
  wallMs: 30_000,
  cpuSeconds: 20,
  memoryBytes: 512 * 1024 ** 2,
  processes: 64,
  fileBytes: 100 * 1024 ** 2,
  inodes: 2_000,
  outputBytes: 1024 ** 2,
  diskBytes: 64 * 1024 ** 2,
};

const root = mkdtempSync(join(tmpdir(), 'hostile-'));
const publicDir = join(root, 'public');
const privateDir = join(root, 'private');
chmodSync(root, 0o755);
for (const folder of [publicDir, privateDir]) mkdirSync(folder);
writeFileSync(join(publicDir, 'train.csv'), 'id,x,y\n1,2,3\n');
// Readable by everybody, so that only the sandbox keeps it.
writeFileSync(join(privateDir, 'answers.csv'), `id,y\n1,${CANARY}\n`);

/** Control characters but tab and line end, direction changes, fences, chat markers. */
const UNSAFE = /(?![\t\n])\p{Cc}|[\u202a-\u202e]|`{3}|~{3}|<\|/u;

let calls = 0;
const abstract = `taskspace-${process.pid}`;
const listening = createServer(() => {
  calls += 1;
});
const onAbstract = createServer(() => {
  calls += 1;
});
await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', () => resolve()));
await new Promise<void>((resolve) => onAbstract.listen(`\0${abstract}`, () => resolve()));
const { port } = listening.address() as { port: number };

const sandbox: Sandbox | string = await findSandbox().catch((error: Error) => error.message);
const python: PythonRuntime | string = await findPython().catch((error: Error) => error.message);
const missing = [sandbox, python].filter((each) => typeof each === 'string').join('\n');
if (missing !== '') console.error(`\nSKIPPED: no hostile program was run.\n${missing}\n`);

const before = hostState();
let cold: SolutionRunner;
let brief: SolutionRunner;
let warm: SolutionRunner;
beforeAll(() => {
  process.env.TASKSPACE_SECRET = CANARY;
  if (missing !== '') return;
  const shared = {
    sandbox: sandbox as Sandbox,
    python: python as PythonRuntime,
    publicDir,
    hidden: [privateDir],
    limits: LIMITS,
  };
  cold = createSolutionRunner(shared);
  brief = createSolutionRunner({ ...shared, limits: { ...LIMITS, wallMs: 3_000 } });
  warm = createSolutionRunner({ ...shared, limits: { ...LIMITS, wallMs: 15_000 }, warm: 1 });
});
afterAll(async () => {
  await cold?.[Symbol.asyncDispose]();
  await brief?.[Symbol.asyncDispose]();
  await warm?.[Symbol.asyncDispose]();
  if (typeof sandbox !== 'string') await sandbox[Symbol.asyncDispose]();
  listening.close();
  onAbstract.close();
  expect(processesOfRuns()).toEqual([]);
  rmSync(root, { recursive: true, force: true });
});

const programs = hostilePrograms({ publicDir, privateDir, port, abstract });
/** Every program runs cold; those that meet what is different in a warm worker run there too. */
const ALSO_WARM = new Set([
  ...['walks the whole file system', "loads scikit-learn's iris", 'FIFO', 'standard output'],
  ...[
    'ignores signals',
    'leaves a daemon that rewrites the submission',
    'fork bomb',
    'thread bomb',
  ],
  ...['kills everything', 'children', 'memory file', 'empty files', 'fills /tmp'],
  ...['changes public data', 'writes the hand-out pipe itself', 'patches the interpreter'],
  ...['prints its environment', 'calls the host loopback', 'makes a user namespace', 'is giant'],
  ...['opens a turn of the conversation', 'is no Python', 'leaves without a trace'],
]);

describe.skipIf(missing !== '').each([
  ['cold', () => cold],
  ['warm', () => warm],
] as const)('in a %s worker', (kind, runner) => {
  const chosen = programs.filter(({ name }) => kind === 'cold' || ALSO_WARM.has(name));
  describe.each([...new Set(chosen.map(({ attack }) => attack))])('%s', (attack) => {
    test.each(chosen.filter((program) => program.attack === attack))(
      'a program that: $name',
      async ({ code, right, says }) => {
        const hurried = kind === 'cold' && right.includes('timeout');
        const outcome = await (hurried ? brief : runner()).run(code);
        expectRight(outcome, right);
        if (says !== undefined) expect(outcome.trace).toMatch(says);
        expectNothingLeft(outcome, kind === 'warm');
      },
      120_000,
    );
  });

  test('a program that reaches for another run does not meet it', async () => {
    const attacker = `
import os, glob, time
end = time.time() + 1.5
while time.time() < end:
    for p in os.listdir("/proc"):
        if p.isdigit() and int(p) not in (os.getpid(), os.getppid(), 1): print("MET", p); os.kill(int(p), 9)
    for place in ("/tmp", "/dev/shm"):
        for f in glob.glob(place + "/*"): print("MET", f); os.remove(f)
    time.sleep(0.05)
`;
    const victim = `
import time
open("/tmp/mine", "w").write("x"); open("/dev/shm/mine", "w").write("x")
time.sleep(1)
open("/tmp/mine").read(); open("/dev/shm/mine").read()
open("submission.csv", "w").write(${JSON.stringify(HONEST)})
`;
    const [attack, honest] = await Promise.all([runner().run(attacker), runner().run(victim)]);
    expect(attack.stdout).not.toContain('MET');
    expectRight(honest, ['honest']);
    expectNothingLeft(honest, kind === 'warm');
  }, 120_000);

  test('a submission left by an earlier run is not there in the next', async () => {
    await runner().run(
      `open("submission.csv", "w").write("stale"); open("/tmp/submission.csv", "w").write("stale"); 1/0`,
    );
    const next = await runner().run('import os; print(os.listdir("."), os.listdir("/tmp"))');
    expect(next).toMatchObject({ outcome: 'error', kind: 'no-submission' });
    expect(next.stdout).not.toContain('submission');
  }, 120_000);

  test('an aborted run leaves nothing', async () => {
    const abort = new AbortController();
    const run = runner().run('import os, time\nos.fork()\ntime.sleep(60)', abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 300);
    await expect(run).rejects.toThrow('enough');
    expectNothingLeft({ stdout: '', stderr: '', trace: '', submission: null }, kind === 'warm');
  }, 120_000);
});

describe.skipIf(missing !== '')('a program that is no program', () => {
  test.each([
    ['10 MB', `#${'x'.repeat(10 * 1024 * 1024)}`, /at most 1048576 bytes, got 10485761/u],
    ['a NUL byte', 'print(1)\0', /NUL byte at character 9/u],
    ['nothing', ' \n', /got nothing/u],
  ])('is refused by name: %s', async (_, code, says) => {
    const outcome = await cold.run(code);
    expect(outcome).toMatchObject({ outcome: 'error', kind: 'bad-code', submission: null });
    expect(outcome.trace).toMatch(says);
  });
});

function expectRight(outcome: SolutionOutcome, right: readonly string[]): void {
  const came = outcome.outcome === 'valid' ? 'honest' : outcome.kind;
  expect(right, `${outcome.trace}\n${outcome.stdout.slice(0, 500)}`).toContain(came);
  if (came === 'honest' && right.length === 1) {
    expect(Buffer.from(outcome.submission!).toString()).toBe(HONEST);
  }
  if (came !== 'honest') expect(outcome.trace).not.toBe('');
}

function expectNothingLeft(
  {
    stdout,
    stderr,
    trace,
    submission,
  }: Pick<SolutionOutcome, 'stdout' | 'stderr' | 'trace' | 'submission'>,
  warmWorker: boolean,
): void {
  const said = [stdout, stderr, trace, Buffer.from(submission ?? []).toString('latin1')].join('\n');
  expect(said).not.toContain(CANARY);
  expect(said).not.toMatch(/^(?:LEAKED|FOUND|ESCAPED|TRACED|ALLOCATED)\b/mu);
  expect(stderr).not.toMatch(/AssertionError: (?:ESCAPED|TRACED|ALLOCATED)/u);
  expect(trace.length).toBeLessThanOrEqual(2_200);
  expect(stdout + stderr + trace).not.toMatch(UNSAFE);
  expect(hostState()).toEqual(before);
  expect(calls).toBe(0);
  // The warm runner keeps the one worker that waits for the next program.
  if (!warmWorker) expect(processesOfRuns()).toEqual([]);
}

/** Everything in the competition's folders, by content. */
function hostState(): Record<string, string> {
  const state: Record<string, string> = {};
  for (const folder of [root, publicDir, privateDir]) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      state[path] = entry.isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : 'folder';
    }
  }
  return state;
}

/** Live processes that see this test's public folder mounted: only those of its sandboxes do. */
function processesOfRuns(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/u.test(pid)) return false;
    try {
      if (/\) [ZX] /u.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return false;
      return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(publicDir);
    } catch {
      return false; // it ended meanwhile
    }
  });
}
