/**
 * Speed and agreement of the math verifier on the labelled development cases: answers per second on one core, median and
 * 99th percentile of one answer, and what is judged wrongly.
 *
 *     node --conditions=@taskspace/source test/bench/verify.ts [file.jsonl] [rounds]
 *
 * The cases are read in place, from TASKSPACE_DATA or `../shared/data` beside the repository. Rates are per second of
 * processor time, so that other load on the machine changes them least; the first rounds warm the compiler up.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { optionsOfNote } from '../../packages/domain-math/src/answer/note-options.ts';
import type { VerifyOptions } from '../../packages/domain-math/src/answer/options.ts';
import { verifyAnswer } from '../../packages/domain-math/src/answer/verify.ts';

/** What is asked of the verifier, and what the usual Python verifier reached on such a machine. */
const LIMIT_PER_SECOND = 5_000;
const LIMIT_P99_MS = 2;
const PEER_PER_SECOND = 80;

interface Case {
  readonly id: string;
  readonly gold: string;
  readonly pred: string;
  readonly expected: boolean;
  readonly note?: string;
}

const root = join(import.meta.dirname, '..', '..');
const data = process.env.TASKSPACE_DATA ?? join(root, '..', 'shared', 'data');
const [file = join(data, 'math-verify', 'dev.jsonl'), rounds = '12'] = process.argv.slice(2);
if (!existsSync(file)) {
  console.error(`SKIPPED: ${file} is not there. Set TASKSPACE_DATA, or name a file of cases.`);
  process.exit(0);
}

const cases = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => JSON.parse(line) as Case);
const options = cases.map(({ note }) => optionsOfNote(note));

const best = new Float64Array(cases.length).fill(Number.POSITIVE_INFINITY);
const WARM_UP = 5;
let processorMs = 0;
let judged = 0;
for (let round = 0; round < WARM_UP + Number(rounds); round++) {
  const before = process.cpuUsage();
  for (const [index, { gold, pred }] of cases.entries()) {
    const start = performance.now();
    verifyAnswer(gold, pred, options[index] as VerifyOptions);
    if (round >= WARM_UP) best[index] = Math.min(best[index]!, performance.now() - start);
  }
  if (round < WARM_UP) continue;
  const { user, system } = process.cpuUsage(before);
  processorMs += (user + system) / 1000;
  judged += cases.length;
}

const verdicts = cases.map(({ gold, pred }, index) => verifyAnswer(gold, pred, options[index]));
const wrong = cases.filter(({ expected }, index) => verdicts[index]!.correct !== expected);
const wronglyTrue = wrong.filter(({ expected }) => !expected).length;
const perSecond = (judged / processorMs) * 1000;
const sorted = best.toSorted();
const p = (share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
const steps = Math.max(...verdicts.map((verdict) => verdict.steps));

console.log(`cases            ${cases.length}`);
console.log(
  `right            ${cases.length - wrong.length} (${((100 * (cases.length - wrong.length)) / cases.length).toFixed(1)} %), wrongly true ${wronglyTrue}, wrongly false ${wrong.length - wronglyTrue}`,
);
console.log(
  `answers/s        ${perSecond.toFixed(0)} on one core: ${(perSecond / LIMIT_PER_SECOND).toFixed(1)} × the limit of ${LIMIT_PER_SECOND}, ${(perSecond / PEER_PER_SECOND).toFixed(0)} × the peer's ${PEER_PER_SECOND}`,
);
console.log(
  `one answer       p50 ${p(0.5).toFixed(3)} ms, p99 ${p(0.99).toFixed(3)} ms (limit ${LIMIT_P99_MS}), longest ${p(1).toFixed(3)} ms`,
);
console.log(`most steps       ${steps}`);
for (const { id, expected } of wrong) console.log(`wrongly ${!expected}  ${id}`);
process.exitCode = perSecond >= LIMIT_PER_SECOND && p(0.99) < LIMIT_P99_MS ? 0 : 1;
