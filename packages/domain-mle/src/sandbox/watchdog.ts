/**
 * Ends runs that cross a limit no kernel setting holds for a whole process tree: wall-clock time, processor time, resident
 * memory, threads, files. All runs of a process share one timer.
 */
import { statfsSync } from 'node:fs';
import type { KillReason, SandboxLimits } from './contract.ts';
import { childrenOf, proportionalBytes, treeUse } from './process-tree.ts';

/** A watched run. */
export interface Watch {
  /** Starts the wall clock; until then only the other limits hold. */
  readonly begin: () => void;
  /** Stops watching. */
  readonly end: () => void;
  readonly peakBytes: () => number;
}

/** What is watched. */
export interface WatchOptions {
  /** The outermost process of the run. */
  readonly pid: number;
  readonly limits: SandboxLimits;
  /** Writable folders inside whose files are counted, each a file system of the given size. */
  readonly folders: readonly { readonly path: string; readonly bytes: number }[];
  readonly onLimit: (reason: KillReason) => void;
}

const POLL_MS = 50;
const active = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/** Watches a run until it ends or crosses a limit. */
export function watchRun({ pid, limits, folders, onLimit }: WatchOptions): Watch {
  let peak = 0;
  let wall: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(wall);
    active.delete(look);
    if (active.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const cross = (reason: KillReason): void => {
    end();
    onLimit(reason);
  };
  const look = (): void => {
    const use = treeUse(pid);
    peak = Math.max(peak, use.residentBytes);
    if (use.cpuSeconds > limits.cpuSeconds) cross('cpu');
    else if (use.threads >= limits.processes) cross('processes');
    else if (
      use.residentBytes > limits.memoryBytes &&
      proportionalBytes(use.pids) > limits.memoryBytes
    )
      cross('memory');
    else if (filesIn(pid, folders) > limits.inodes) cross('disk');
  };
  active.add(look);
  timer ??= setInterval(() => {
    for (const each of [...active]) each();
  }, POLL_MS);
  return {
    begin: () => {
      if (active.has(look)) wall = setTimeout(() => cross('wall'), limits.wallMs);
    },
    end,
    peakBytes: () => peak,
  };
}

/** Files in the run's own folders, seen through the root of its first inner process. */
function filesIn(pid: number, folders: WatchOptions['folders']): number {
  const [inner] = folders.length === 0 ? [] : childrenOf(pid);
  if (inner === undefined) return 0;
  let files = 0;
  for (const { path, bytes } of folders) {
    try {
      const system = statfsSync(`/proc/${inner}/root${path}`);
      // Before the sandbox has changed its root this would be a folder of the host, of another size.
      const own = Math.abs(system.blocks * system.bsize - bytes) < 65_536;
      if (own) files += system.files - system.ffree;
    } catch {
      // Not mounted yet, or gone already.
    }
  }
  return files;
}
