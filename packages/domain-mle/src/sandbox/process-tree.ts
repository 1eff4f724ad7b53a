/** What a process and all its descendants use, read from /proc; works for processes of another namespace too. */
import { readdirSync, readFileSync } from 'node:fs';

/** Totals over a process tree. */
export interface TreeUse {
  /** Processes, outermost first. */
  readonly pids: readonly number[];
  /** Threads of all processes. */
  readonly threads: number;
  readonly residentBytes: number;
  /** Of the live processes and of those they have waited for. */
  readonly cpuSeconds: number;
}

/** Linux counts processor time in hundredths of a second on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;
/** Node does not tell the page size; it follows from this process's own size in bytes and in pages. */
const PAGE_BYTES = [4096, 16384, 65536].reduce((best, size) => {
  const pages = Number(statFields(process.pid)?.[21] ?? 0);
  const error = (guess: number) => Math.abs(process.memoryUsage.rss() - pages * guess);
  return error(size) < error(best) ? size : best;
}, 4096);

/** @param root - Counted itself. */
export function treeUse(root: number): TreeUse {
  const pids: number[] = [];
  let threads = 0;
  let pages = 0;
  let ticks = 0;
  const queue = [root];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    const fields = statFields(pid);
    if (fields === null) continue;
    pids.push(pid);
    // Fields of proc_pid_stat(5), counted from the state, which is the third.
    for (const index of [11, 12, 13, 14]) ticks += Number(fields[index]);
    threads += Number(fields[17]);
    pages += Number(fields[21]);
    queue.push(...childrenOf(pid));
  }
  return {
    pids,
    threads,
    residentBytes: pages * PAGE_BYTES,
    cpuSeconds: ticks / TICKS_PER_SECOND,
  };
}

/** Resident memory with shared pages counted once; slow, so only asked when the plain sum is too large. */
export function proportionalBytes(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    const text = read(`/proc/${pid}/smaps_rollup`);
    // Not readable or gone: its plain resident size stands in, so that nothing hides here.
    const pss = text === null ? null : /^Pss:\s+(\d+)/mu.exec(text)?.[1];
    kilobytes +=
      pss == null ? (Number(statFields(pid)?.[21] ?? 0) * PAGE_BYTES) / 1024 : Number(pss);
  }
  return kilobytes * 1024;
}

/** When a process started, in ticks since boot: tells a process from a later one of the same id. Null when gone or dead. */
export function startOf(pid: number): string | null {
  const fields = statFields(pid);
  return fields === null || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** Children of all threads of a process. */
export function childrenOf(pid: number): readonly number[] {
  let tasks: string[];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it ended meanwhile
  }
  return tasks.flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

function statFields(pid: number): readonly string[] | null {
  const text = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything; what follows the last one is numbers.
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // processes come and go between listing and reading
  }
}
