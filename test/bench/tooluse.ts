/**
 * Speed and size of the tool worlds: calls per second on one core, time of a fork, and memory of many sessions at once.
 *
 *     node --conditions=@taskspace/source --expose-gc test/bench/tooluse.ts [sessions]
 *
 * The calls are the ground truth of BFCL's multi-turn tasks, read in place from TASKSPACE_BFCL or `../shared/data/bfcl`
 * beside the repository. Rates are per second of processor time, so that other load on the machine changes them least;
 * the first rounds warm the compiler up. Exits non-zero when a limit is missed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createWorld,
  parseJson,
  type World,
} from '../../packages/domain-tooluse/src/worlds/create-world.ts';

/** What is asked of the worlds. */
const LIMIT_CALLS_PER_SECOND = 10_000;
const LIMIT_FORK_MS = 1;
const LIMIT_MEMORY_BYTES = 2 * 2 ** 30;

const [sessions = '10000'] = process.argv.slice(2);
const SESSIONS = Number(sessions);
const WARM_UP = 3;
const ROUNDS = 10;

interface Task {
  readonly id: string;
  readonly classes: readonly string[];
  readonly config: object;
  readonly calls: readonly { readonly name: string; readonly arguments: object }[];
}

const folder =
  process.env.TASKSPACE_BFCL ??
  join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'bfcl');
if (!existsSync(join(folder, 'ground_truth_parsed.jsonl'))) {
  console.error(`SKIPPED: ${folder} holds no BFCL tasks. Set TASKSPACE_BFCL.`);
  process.exit(0);
}
const tasks = readTasks();

const perSecond = callsPerSecond();
const forks = forkTimes();
const long = forkTimes(true);
const bytes = memoryOfSessions();

const ratio = (value: number) => value.toFixed(value < 10 ? 2 : 0);
const p99 = (times: Float64Array) => times[Math.floor(times.length * 0.99)]!;
console.log(
  `calls/s          ${perSecond.toFixed(0)} on one core: ${ratio(perSecond / LIMIT_CALLS_PER_SECOND)} × the limit of ${LIMIT_CALLS_PER_SECOND}`,
);
for (const [name, times] of [
  ['fork', forks],
  ['fork, long', long],
] as const) {
  console.log(
    `${name.padEnd(16)} p50 ${times[times.length >> 1]!.toFixed(4)} ms, p99 ${p99(times).toFixed(4)} ms: ${ratio(p99(times) / LIMIT_FORK_MS)} × the limit of ${LIMIT_FORK_MS} ms`,
  );
}
console.log(
  `${SESSIONS} sessions   ${(bytes / 2 ** 20).toFixed(0)} MiB resident: ${ratio(bytes / LIMIT_MEMORY_BYTES)} × the limit of ${LIMIT_MEMORY_BYTES / 2 ** 20} MiB`,
);
const kept =
  perSecond >= LIMIT_CALLS_PER_SECOND &&
  p99(forks) < LIMIT_FORK_MS &&
  p99(long) < LIMIT_FORK_MS &&
  bytes < LIMIT_MEMORY_BYTES;
process.exitCode = kept ? 0 : 1;

function readTasks(): Task[] {
  const read = (file: string) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => parseJson(line) as Record<string, unknown>);
  const truths = new Map(read('ground_truth_parsed.jsonl').map((truth) => [truth.id, truth]));
  return read('multi_turn_base.jsonl').map((task) => ({
    id: task.id as string,
    classes: task.involved_classes as string[],
    config: task.initial_config as object,
    calls: (truths.get(task.id)!.turns as Task['calls'][]).flat(),
  }));
}

function start(task: Task, longContext = false): World {
  return createWorld({ profile: 'v3', classes: task.classes, config: task.config, longContext });
}

function callsPerSecond(): number {
  let processorMs = 0;
  let calls = 0;
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const worlds = tasks.map((task) => start(task));
    const before = process.cpuUsage();
    for (const [index, task] of tasks.entries()) {
      for (const call of task.calls) worlds[index]!.call(call.name, call.arguments);
    }
    if (round < WARM_UP) continue;
    const { user, system } = process.cpuUsage(before);
    processorMs += (user + system) / 1000;
    calls += tasks.reduce((sum, task) => sum + task.calls.length, 0);
  }
  return (calls / processorMs) * 1000;
}

/** Best time of several forks of each task's world after its last call, sorted. */
function forkTimes(longContext = false): Float64Array {
  const times = tasks.map((task) => {
    const world = start(task, longContext);
    for (const call of task.calls) world.call(call.name, call.arguments);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20; round++) {
      const before = performance.now();
      world.fork();
      best = Math.min(best, performance.now() - before);
    }
    return best;
  });
  return Float64Array.from(times).sort();
}

/** Resident memory with this many sessions alive, each after its task's first calls. */
function memoryOfSessions(): number {
  const worlds: World[] = [];
  for (let session = 0; session < SESSIONS; session++) {
    const task = tasks[session % tasks.length]!;
    const world = start(task);
    for (const call of task.calls.slice(0, 3)) world.call(call.name, call.arguments);
    worlds.push(world);
  }
  globalThis.gc?.();
  const { rss } = process.memoryUsage();
  // Keeps every session alive until it has been measured.
  if (worlds.some((world) => world.call('pwd').result === '')) throw new Error('a session is mute');
  return rss;
}
