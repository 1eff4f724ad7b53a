/**
 * What the curriculum costs. First the task buffer: time of an insert at capacity, an update and a draw at N = 10², 10⁴ and 10⁶;
 * logarithmic growth is shown when time grows no faster than `growth` times log N (memory grows out of the caches on the way).
 * Then a whole iteration (draw and learn, no embedder) at 128 instances of 8 rollouts and N = 512, with and without embeddings of
 * width 384 in the metrics, against 5 % of a nominal iteration. Times are processor time of the thread, which other work on the
 * machine lengthens least; the iteration's wall time is printed beside it.
 *
 *     node --conditions=@taskspace/source test/bench/curriculum.ts [--iteration-ms 1000] [--growth 4]
 */
import { parseArgs } from 'node:util';
import {
  type BufferEntry,
  createExitCurriculum,
  createRandom,
  type Instance,
  type RandomStream,
  resolveExit,
  type SettledGroup,
  type Task,
  TaskBuffer,
} from '@taskspace/core';

const { values } = parseArgs({
  options: {
    'iteration-ms': { type: 'string', default: '1000' },
    growth: { type: 'string', default: '4' },
  },
});
const nominalMs = Number(values['iteration-ms']);
const growthLimit = Number(values.growth);
const SIZES = [1e2, 1e4, 1e6];
const OPERATIONS = 200_000;
const [PROMPTS, GROUP_SIZE, CAPACITY, WIDTH] = [128, 8, 512, 384];
const [ITERATIONS, WARM_UP] = [60, 10];
const SHARE = 0.05;

const TASK: Task = { id: 'task', domain: 'bench', instruction: 'Add 1 and 2.', payload: '3' };
const TURN = { request: [{ role: 'user' as const, content: 'Add.' }], response: '3', iterate: 0 };

const slow = bufferGrowth();
const heavy = [await iterationMs(0), await iterationMs(WIDTH)];
const limitMs = SHARE * nominalMs;
for (const [index, { cpuMs, wallMs }] of heavy.entries()) {
  const name = index === 0 ? 'no embeddings' : `embeddings of width ${WIDTH}`;
  process.stdout.write(
    `draw + learn, ${PROMPTS} x ${GROUP_SIZE}, N = ${CAPACITY}, ${name}: ${cpuMs.toFixed(2)} ms an iteration (wall ${wallMs.toFixed(2)} ms); ` +
      `${(100 * SHARE).toFixed(0)} % of ${nominalMs} ms is ${limitMs.toFixed(1)} ms: ${cpuMs <= limitMs ? 'within' : 'ABOVE'}\n`,
  );
}
process.exitCode = !slow && heavy.every(({ cpuMs }) => cpuMs <= limitMs) ? 0 : 1;

/** Prints time per operation and tells whether one grows faster than allowed. */
function bufferGrowth(): boolean {
  bufferTimes(SIZES[0]!); // compiles the code that is measured
  const measured = SIZES.map((size) => ({ size, times: bufferTimes(size) }));
  const first = measured[0]!;
  let isSlow = false;
  for (const { size, times } of measured) {
    const logRatio = Math.log(size) / Math.log(first.size);
    const cells = Object.entries(times).map(([name, ns]) => {
      const ratio = ns / first.times[name as keyof typeof times];
      isSlow ||= ratio > growthLimit * logRatio;
      return `${name} ${ns.toFixed(0)} ns (x ${ratio.toFixed(1)})`;
    });
    process.stdout.write(`N = ${size}: ${cells.join(', ')}; log N grew x ${logRatio.toFixed(1)}\n`);
  }
  process.stdout.write(
    `growth ${isSlow ? 'ABOVE' : 'within'} ${growthLimit} x log N (linear would be x ${SIZES.at(-1)! / first.size})\n`,
  );
  return isSlow;
}

/** Nanoseconds an operation, at capacity. */
function bufferTimes(capacity: number): Record<'insert' | 'update' | 'draw', number> {
  const random = createRandom(capacity);
  const buffer = new TaskBuffer({ capacity, kappa: 10 });
  const old: BufferEntry[] = [];
  for (let index = 0; index < capacity; index++) old.push(entry(String(index), random.next() / 4));
  for (const one of old) buffer.insert(one);
  const scores = Array.from({ length: OPERATIONS }, () => random.next() / 4);
  // Of the highest score, so that each one replaces another.
  const added = scores.map((_, index) => entry(`new ${index}`, 0.25));
  const places = scores.map(() => random.integer(capacity));
  const draw = nanoseconds(() => buffer.draw(random));
  const update = nanoseconds((index) => buffer.update(old[places[index]!]!.start, scores[index]!));
  const insert = nanoseconds((index) => buffer.insert(added[index]!));
  return { insert, update, draw };
}

function nanoseconds(operation: (index: number) => unknown): number {
  const measured = stopwatch();
  for (let index = 0; index < OPERATIONS; index++) operation(index);
  return (measured().cpuMs / OPERATIONS) * 1e6;
}

function entry(origin: string, score: number): BufferEntry {
  const start = { seed: 0, turns: [TURN], quality: 0.5, origin };
  return { task: TASK, start, iterate: 0, score, born: 0 };
}

interface Spent {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Mean milliseconds of draw and learn together: processor time comes in ticks longer than one of them. */
async function iterationMs(width: number): Promise<Spent> {
  const source = { split: 'train' as const, size: 1280, at: (index: number) => taskAt(index) };
  const options = resolveExit({ capacity: CAPACITY, minSize: 128 });
  const curriculum = createExitCurriculum({ domain: 'bench', source, options });
  const run = createRandom('overhead');
  const signal = new AbortController().signal;
  const spent: Spent[] = [];
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const random = run.fork(iteration);
    const drawing = stopwatch();
    const drawn = await curriculum.draw(PROMPTS, { random, iteration, signal });
    const draw = drawing();
    const groups = drawn.map((instance, index) =>
      groupOf(`${iteration}/${index}`, instance, width, random),
    );
    const learning = stopwatch();
    curriculum.learn(groups);
    curriculum.metrics();
    const learn = learning();
    if (iteration >= WARM_UP) spent.push(draw, learn);
  }
  const total = (times: readonly number[]) => times.reduce((sum, ms) => sum + ms, 0);
  return {
    cpuMs: total(spent.map(({ cpuMs }) => cpuMs)) / (ITERATIONS - WARM_UP),
    wallMs: total(spent.map(({ wallMs }) => wallMs)) / (ITERATIONS - WARM_UP),
  };
}

function stopwatch(): () => Spent {
  const [wall, cpu] = [performance.now(), process.threadCpuUsage()];
  return () => {
    const { user, system } = process.threadCpuUsage(cpu);
    return { cpuMs: (user + system) / 1000, wallMs: performance.now() - wall };
  };
}

function taskAt(index: number): Task {
  return { ...TASK, id: String(index), measures: { goldSteps: index % 9 } };
}

function groupOf(
  name: string,
  instance: Instance,
  width: number,
  random: RandomStream,
): SettledGroup {
  const rollouts = Array.from({ length: GROUP_SIZE }, (_, index) => {
    const quality = random.integer(2);
    const turns = [{ ...TURN, iterate: instance.depth }];
    return {
      id: `${name}/${index}`,
      history: { task: instance.task, seed: 0, turns, ending: 'done' as const, closing: [] },
      verdict: { quality, correct: quality === 1 },
      sequences: [],
      truncated: false,
      policyVersion: 0,
      reward: quality,
      advantage: 0,
      trained: true,
      ...(width > 0 && { embedding: Float32Array.from({ length: width }, () => random.next()) }),
    };
  });
  return { instance, rollouts, failures: [] };
}
