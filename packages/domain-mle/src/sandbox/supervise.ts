/**
 * Starts a program, watches it, and waits until no process of it is left. Limits, an abort and the end of the program all
 * lead to the same SIGKILL of the whole tree: a program that is asked to stop can refuse.
 */
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { captureAll, captureEnds } from './capture.ts';
import { type KillReason, READY, type SandboxResult, type SandboxRun } from './contract.ts';
import { SandboxError } from './error.ts';
import { childrenOf, startOf } from './process-tree.ts';
import { type WatchOptions, watchRun } from './watchdog.ts';

/**
 * A command line and what flows through its extra descriptors. On descriptor 3 the launched shell writes {@link STARTED}
 * before the program starts and the collected file after its end; on descriptor 4 the launcher may name its inner process.
 */
export interface Launch {
  readonly argv: readonly string[];
  /** The launcher's own environment; programs can see it through /proc, so it holds nothing. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Descriptors 5, 6, …, read by the launcher. */
  readonly inputs: readonly Uint8Array[];
  readonly folders: WatchOptions['folders'];
  /** Puts the program in a process group of its own, for launchers without a process namespace. */
  readonly ownGroup: boolean;
}

/** Written first by what stands before the program: its absence tells a launcher that failed from a program that did. */
export const STARTED = '+';

/** Largest file handed out; a longer one comes out one byte longer than this, so that it can be told. */
export const COLLECT_BYTES = 64 * 1024 * 1024;

/** What is kept of each output stream. */
const KEEP_BYTES = 64 * 1024;

/** @throws {@link SandboxError} when the launcher did not start. */
export async function supervise(
  name: string,
  launch: Launch,
  { stdin, limits, signal, onReady }: SandboxRun,
): Promise<SandboxResult> {
  signal?.throwIfAborted();
  const [file, ...rest] = launch.argv as [string, ...string[]];
  const child = execa(file, rest, {
    stdio: [
      stdin === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      'pipe',
      'pipe',
      ...launch.inputs,
    ],
    env: { ...launch.env },
    extendEnv: false,
    cwd: launch.cwd,
    buffer: false,
    reject: false,
    detached: launch.ownGroup,
    cleanup: !launch.ownGroup,
    stripFinalNewline: false,
  });
  const { pid } = child;
  if (pid === undefined) {
    const { cause, shortMessage } = await child;
    throw notStarted(name, shortMessage ?? 'it could not be started', cause);
  }

  let killed: KillReason | undefined;
  const family = new Map<number, string>();
  const remember = (each: number): void => {
    const start = startOf(each);
    if (start !== null) family.set(each, start);
  };
  remember(pid);
  const end = (reason: KillReason): void => {
    killed ??= reason;
    for (const each of childrenOf(pid)) remember(each);
    killAll(pid, family, launch.ownGroup);
  };
  const status = child.stdio[4] as Readable;
  status.on('error', () => undefined); // broken by a kill
  status.on('data', (chunk: Buffer) => {
    const inner = /"child-pid": *(\d+)/u.exec(chunk.toString())?.[1];
    if (inner !== undefined) remember(Number(inner));
  });
  let output = 0;
  const onBytes = (count: number): void => {
    output += count;
    if (output > limits.outputBytes) end('output');
  };
  const stdout = captureEnds(child.stdout, KEEP_BYTES, onBytes);
  const stderr = captureEnds(child.stderr, KEEP_BYTES, onBytes);
  const prefix = STARTED.length + (onReady === undefined ? 0 : READY.length);
  let ready = false;
  const collected = captureAll(child.stdio[3] as Readable, COLLECT_BYTES + prefix + 1, (total) => {
    if (ready || total < prefix) return;
    ready = true;
    onReady?.();
  });
  const watch = watchRun({ pid, limits, folders: launch.folders, onLimit: end });
  const onAbort = (): void => end('signal');
  signal?.addEventListener('abort', onAbort, { once: true });

  let began = performance.now();
  const begin = (): void => {
    began = performance.now();
    watch.begin();
  };
  if (stdin instanceof Promise) {
    void stdin.then(
      (bytes) => {
        begin();
        child.stdin?.end(bytes);
      },
      () => end('signal'),
    );
  } else {
    begin();
    if (stdin !== undefined) child.stdin?.end(stdin);
  }
  child.stdin?.on('error', () => undefined); // the program need not read it

  let finished = false;
  try {
    const result = await child;
    finished = true;
    const durationMs = performance.now() - began;
    watch.end();
    killAll(pid, family, launch.ownGroup);
    await allGone(family);
    const text = stderr.text();
    const handedOut = collected.bytes();
    if (killed === undefined && handedOut.length === 0) throw notStarted(name, text.trim());
    const bytes = handedOut.subarray(prefix);
    return {
      exitCode: killed === undefined ? (result.exitCode ?? 128 + 9) : null,
      ...(killed === undefined ? {} : { killed }),
      stdout: stdout.text(),
      stderr: text,
      collected: bytes.length === 0 ? null : bytes,
      durationMs,
      peakMemoryBytes: watch.peakBytes(),
    };
  } finally {
    watch.end();
    signal?.removeEventListener('abort', onAbort);
    if (!finished) killAll(pid, family, launch.ownGroup);
  }
}

function notStarted(name: string, message: string, cause?: unknown): SandboxError {
  return new SandboxError(
    'TASKSPACE_ERR_SANDBOX_START',
    `sandbox ${name}: expected it to start, got: ${message.slice(0, 600)}. Run "taskspace doctor" for what is missing.`,
    cause === undefined ? undefined : { cause },
  );
}

function killAll(pid: number, family: ReadonlyMap<number, string>, group: boolean): void {
  if (group) kill(-pid);
  for (const [each, start] of family) if (startOf(each) === start) kill(each);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Waits for the kernel to finish what a kill began; tearing a large address space down takes it a moment. */
async function allGone(family: ReadonlyMap<number, string>): Promise<void> {
  for (let round = 0; round < 2_000; round++) {
    if ([...family].every(([pid, start]) => startOf(pid) !== start)) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(1 + round, 20)));
  }
}
