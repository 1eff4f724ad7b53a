import type { Services, SetUpContext } from '@taskspace/core';
import { createJudge, type Judge, type Runnable } from './judge.ts';
import type { MleOptions } from './options.ts';
import { findPython, type PythonRuntime } from './python/python.ts';
import { createSolutionRunner } from './run/solution.ts';
import { findSandbox } from './sandbox/find.ts';
import { SANDBOX, type Sandbox } from './sandbox/sandbox.ts';
import { shippedDataFolder } from './starter/tables.ts';

/** What runs programs: a sandbox, a Python, and a judge over both. Nothing is looked for before the first use. */
export interface Workshop extends AsyncDisposable {
  readonly judge: Judge;
  /** Finds the sandbox and the Python, or makes the latter. */
  prepare(context: SetUpContext): Promise<void>;
  /** Versions of what programs can import, by name. */
  packages(): Promise<Readonly<Record<string, string>>>;
  readonly timeoutMs: number;
}

const MEBIBYTE = 2 ** 20;

/** A workshop by the options; the run's own sandbox, when it provides one, goes before any that is found. */
export function createWorkshop(options: MleOptions, services: Services): Workshop {
  const pocket = options.source === 'starter' && options.subset === 'pocket';
  const { timeoutMs = pocket ? 30_000 : 300_000, memoryMegabytes = pocket ? 1024 : 4096 } =
    options.limits;
  const { warmWorkers = pocket ? 2 : 0, unsafe, python: executable } = options;

  let sandbox: Promise<Sandbox> | undefined;
  let python: Promise<PythonRuntime> | undefined;
  const provided = services.has(SANDBOX);
  const openSandbox = () => {
    sandbox ??= provided ? Promise.resolve(services.get(SANDBOX)) : findSandbox({ unsafe });
    return sandbox;
  };
  const openPython = (context?: SetUpContext) => {
    python ??= findPython({ ...(executable !== undefined && { executable }), ...context });
    return python;
  };
  const judge = createJudge(async ({ competition, publicDir }: Runnable) => {
    const [foundSandbox, foundPython] = await Promise.all([openSandbox(), openPython()]);
    const own = competition.manifest.limits;
    return createSolutionRunner({
      sandbox: foundSandbox,
      python: foundPython,
      publicDir,
      hidden: [competition.privateDir, shippedDataFolder()],
      warm: warmWorkers,
      limits: {
        wallMs: own?.timeoutMs ?? timeoutMs,
        memoryBytes: own?.memoryBytes ?? memoryMegabytes * MEBIBYTE,
      },
    });
  });
  return {
    judge,
    timeoutMs,
    async prepare(context) {
      await openSandbox();
      await openPython(context);
    },
    packages: async () => (await openPython()).packages,
    async [Symbol.asyncDispose]() {
      await judge[Symbol.asyncDispose]();
      const opened = await sandbox?.catch(() => null); // whoever ran first was told
      if (!provided) await opened?.[Symbol.asyncDispose]();
    },
  };
}
