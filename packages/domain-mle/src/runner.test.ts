import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createCompetitionRunner } from './runner.ts';
import { findSandbox } from './sandbox/find.ts';

const root = mkdtempSync(join(tmpdir(), 'runner-'));
const publicDir = join(root, 'public');
const privateDir = join(root, 'private');
for (const folder of [publicDir, privateDir]) mkdirSync(folder);
writeFileSync(join(publicDir, 'test.csv'), 'id,x\n1,0\n2,1\n3,0\n4,1\n');
writeFileSync(join(publicDir, 'sample_submission.csv'), 'id,y\n1,0\n2,0\n3,0\n4,0\n');
writeFileSync(join(privateDir, 'answers.csv'), 'id,y\n1,0\n2,1\n3,0\n4,1\n');
afterAll(() => rmSync(root, { recursive: true, force: true }));

const manifest = {
  id: 'parity',
  metric: 'accuracy',
  direction: 'higher',
  worst: 0.5,
  best: 1,
} as const;
const COPY = `
import csv
rows = list(csv.DictReader(open("/data/test.csv")))
with open("submission.csv", "w") as file:
    file.write("id,y\\n" + "".join("%s,%s\\n" % (row["id"], row["x"]) for row in rows))
`;

const found = await findSandbox().then(
  () => '',
  (error: Error) => error.message,
);
if (found !== '') console.error(`\nSKIPPED: no competition was run.\n${found}\n`);

describe.skipIf(found !== '')('a competition runner', () => {
  const runner = createCompetitionRunner({
    publicDir,
    privateDir,
    manifest,
    limits: { wallMs: 60_000 },
  });
  afterAll(() => runner[Symbol.asyncDispose]());

  test('scores a solution', async () => {
    const outcome = await runner.run(COPY);
    expect(outcome).toMatchObject({ outcome: 'valid', score: 1, reward: 1, trace: '' });
    expect(outcome.durationMs).toBeGreaterThan(0);
  }, 120_000);

  test('says which line of a submission is wrong', async () => {
    const outcome = await runner.run(
      'open("submission.csv", "w").write("id,y\\n1,0\\n1,0\\n3,0\\n4,1\\n")',
    );
    expect(outcome).toMatchObject({ outcome: 'error', kind: 'invalid-submission', reward: 0 });
    expect(outcome.trace).toMatch(/submission\.csv: .*line/u);
  }, 120_000);

  test('gives an error of a named kind no reward', async () => {
    expect(await runner.run('1/0')).toMatchObject({ outcome: 'error', kind: 'crash', reward: 0 });
    expect(await runner.run('pass')).toMatchObject({ kind: 'no-submission', reward: 0 });
    expect(await runner.run('x\0')).toMatchObject({ kind: 'bad-code', reward: 0 });
  }, 120_000);

  test('runs the same program once', async () => {
    const code = `${COPY}\nimport os\nprint(os.urandom(8).hex())`;
    const [first, second] = await Promise.all([runner.run(code), runner.run(code)]);
    expect(second).toEqual(first);
    expect(await runner.run(code)).toEqual(first);
  }, 120_000);

  test('refuses a private folder inside the public one', async () => {
    const inside = join(publicDir, 'answers');
    mkdirSync(inside);
    writeFileSync(join(inside, 'answers.csv'), 'id,y\n1,0\n');
    const wrong = createCompetitionRunner({ publicDir, privateDir: inside, manifest });
    await expect(wrong.run(COPY)).rejects.toThrow(/private folder/u);
    rmSync(inside, { recursive: true });
  });
});
