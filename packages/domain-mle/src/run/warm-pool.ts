/**
 * Workers that wait, each in a sandbox of its own, with the libraries loaded. A worker takes one program, becomes it, and
 * dies with it: nothing passes from one run to the next.
 */
import type { PythonRuntime } from '../python/python.ts';
import { PRELOADED } from '../python/requirements.ts';
import { READY, type Sandbox, type SandboxResult } from '../sandbox/contract.ts';
import type { SharedSpec } from './solution.ts';

/** Workers ready for one program each. */
export interface WarmPool extends AsyncDisposable {
  /** Runs a program in a ready worker; null when none is there, and the program must start cold. */
  run(code: Uint8Array, signal: AbortSignal): Promise<SandboxResult | null>;
}

interface Worker {
  /** Resolves when the worker is ready or has ended. */
  readonly ready: Promise<void>;
  readonly deliver: (code: Uint8Array) => void;
  readonly end: AbortController;
  readonly result: Promise<SandboxResult>;
  /** True once it ended, whether it got a program or not. */
  ended: boolean;
}

/**
 * Loads the libraries, waits for the program, and runs it as `__main__` in the same interpreter. No OpenMP code runs before
 * the program does.
 */
const PROGRAM = `
import importlib, os, sys, types
for name in ${JSON.stringify(PRELOADED)}:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
os.write(3, b"${READY}")
os.close(3)
code = sys.stdin.buffer.read()
with open("solution.py", "wb") as file:
    file.write(code)
nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
os.close(nothing)
sys.argv = ["solution.py"]
sys.path[0] = os.getcwd()
main = types.ModuleType("__main__")
main.__file__ = os.path.join(os.getcwd(), "solution.py")
main.__builtins__ = __builtins__
sys.modules["__main__"] = main
def run(code, space):
    try:
        exec(compile(code, space["__file__"], "exec"), space)
    except SystemExit:
        raise
    except BaseException as error:
        trace = error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        sys.exit(1)
run(code, main.__dict__)
`;

/** Time in which a worker must have loaded its libraries. */
const PREPARATION_MS = 60_000;

/** @param size - Workers kept ready; 0 makes a pool that never has one. */
export function createWarmPool(
  sandbox: Sandbox,
  shared: SharedSpec,
  python: PythonRuntime,
  size: number,
): WarmPool {
  const ready: Worker[] = [];
  let closed = false;
  const start = (): void => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const prepared = Promise.withResolvers<void>();
    const end = new AbortController();
    const late = setTimeout(() => end.abort(), PREPARATION_MS);
    const result = sandbox.run({
      ...shared,
      argv: [python.executable, '-s', '-c', PROGRAM],
      files: [],
      stdin: promise,
      onReady: () => {
        clearTimeout(late);
        prepared.resolve();
      },
      signal: end.signal,
    });
    const worker: Worker = {
      ready: prepared.promise,
      deliver: resolve,
      end,
      result,
      ended: false,
    };
    const ended = (): void => {
      worker.ended = true;
      clearTimeout(late);
      prepared.resolve();
    };
    result.then(ended, ended);
    ready.push(worker);
  };
  const fill = (): void => {
    while (!closed && ready.length < size) start();
  };
  fill();
  return {
    async run(code, signal) {
      let worker = ready.shift();
      while (worker?.ended === true) worker = ready.shift();
      fill();
      if (worker === undefined) return null;
      const { deliver, end, result } = worker;
      const onAbort = (): void => end.abort(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      try {
        await worker.ready;
        if (worker.ended && !signal.aborted) return null;
        deliver(code);
        return await result;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      const left = ready.splice(0);
      for (const { end } of left) end.abort();
      await Promise.allSettled(left.map(({ result }) => result));
    },
  };
}
