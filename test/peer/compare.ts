/**
 * Runs Math-Verify beside our verifier on any file of lines `{id, gold, pred, expected?, note?}` and prints where they
 * agree, where not, and how fast each is, in processor time.
 *
 *     python3 -m venv /tmp/peer && /tmp/peer/bin/pip install math-verify
 *     node --conditions=@taskspace/source test/peer/compare.ts FILE.jsonl --python /tmp/peer/bin/python \
 *       [--setting tuned|deployed] [--show 20]
 *
 * Without a Python that can import `math_verify` it says so and stops.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { optionsOfNote } from '../../packages/domain-math/src/answer/note-options.ts';
import { verifyAnswer } from '../../packages/domain-math/src/answer/verify.ts';

interface Line {
  readonly id: string;
  readonly gold: string;
  readonly pred: string;
  readonly expected?: boolean;
  readonly note?: string;
}

interface Judged {
  readonly correct: boolean;
  readonly timeMs: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    setting: { type: 'string', default: 'tuned' },
    show: { type: 'string', default: '20' },
  },
});
const [file] = positionals;
if (file === undefined) {
  console.error(
    'compare: expected a file of lines {id, gold, pred}. Name it as the first argument.',
  );
  process.exit(2);
}
if (spawnSync(values.python, ['-c', 'import math_verify']).status !== 0) {
  console.error(
    `SKIPPED: ${values.python} cannot import math_verify. Install it in a virtual environment and name its Python with --python.`,
  );
  process.exit(0);
}

const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => JSON.parse(line) as Line);

const ours = judgeHere(lines);
const theirs = await judgeThere(lines);

const differing = lines.filter((_, index) => ours[index]!.correct !== theirs[index]!.correct);
console.log(`lines       ${lines.length}, setting ${values.setting}`);
console.log(`agreement   ${share(lines.length - differing.length)}`);
report('ours', ours);
report('Math-Verify', theirs);
for (const { id, gold, pred, expected } of differing.slice(0, Number(values.show))) {
  const mine = ours[lines.findIndex((line) => line.id === id)]!.correct;
  const label =
    expected === undefined ? '' : mine === expected ? '  (ours is right)' : '  (ours is wrong)';
  console.log(`${mine ? 'only ours accepts ' : 'only it accepts   '} ${id}${label}`);
  console.log(
    `    gold ${JSON.stringify(gold.slice(-160))}\n    pred ${JSON.stringify(pred.slice(-160))}`,
  );
}

function judgeHere(all: readonly Line[]): Judged[] {
  const options = all.map(({ note }) => optionsOfNote(note));
  const run = (): Judged[] =>
    all.map(({ gold, pred }, index) => {
      const before = process.cpuUsage();
      const { correct } = verifyAnswer(gold, pred, options[index]);
      const { user, system } = process.cpuUsage(before);
      return { correct, timeMs: (user + system) / 1000 };
    });
  // Both sides are timed warm: the peer imports and compiles its grammar first.
  for (let round = 0; round < 4; round++) run();
  return run();
}

async function judgeThere(all: readonly Line[]): Promise<Judged[]> {
  const script = join(import.meta.dirname, 'math_verify_peer.py');
  const child = spawn(values.python, [script, values.setting], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for (const line of all) child.stdin.write(`${JSON.stringify(line)}\n`);
  child.stdin.end();
  const judged: Judged[] = [];
  for await (const line of createInterface({ input: child.stdout }))
    judged.push(JSON.parse(line) as Judged);
  if (judged.length !== all.length) {
    throw new Error(
      `compare: expected ${all.length} judgements of Math-Verify, got ${judged.length}.`,
    );
  }
  return judged;
}

function report(name: string, judged: readonly Judged[]): void {
  const times = judged.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
  const total = times.reduce((sum, time) => sum + time, 0);
  const at = (part: number): string => times[Math.floor((times.length - 1) * part)]!.toFixed(3);
  const labelled = lines.flatMap(({ expected }, index) =>
    expected === undefined ? [] : [{ expected, correct: judged[index]!.correct }],
  );
  const right = labelled.filter(({ expected, correct }) => expected === correct).length;
  const wronglyTrue = labelled.filter(({ expected, correct }) => !expected && correct).length;
  const verdicts =
    labelled.length === 0
      ? ''
      : `, right ${share(right, labelled.length)}, wrongly true ${wronglyTrue}, wrongly false ${labelled.length - right - wronglyTrue}`;
  const perSecond = ((judged.length / total) * 1000).toFixed(0);
  console.log(
    `${name.padEnd(12)}accepts ${judged.filter(({ correct }) => correct).length}${verdicts}; ${perSecond} answers/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
  );
}

function share(part: number, whole: number = lines.length): string {
  return `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
}
