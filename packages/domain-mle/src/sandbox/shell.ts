/** The shell line that runs a program inside a sandbox, and the limits the kernel holds for each process of it. */
import type { SandboxLimits, SandboxRun } from './contract.ts';
import { COLLECT_BYTES, STARTED } from './supervise.ts';

/** Address space beyond the memory limit: threads and mapped libraries reserve far more than they use. */
const ADDRESS_SPACE_SLACK = 1024 ** 3;

/** Room above the watched number of processes, so that the watchdog sees the limit crossed and says so. */
const PROCESS_SLACK = 16;

/**
 * Runs the program; ends whatever it left running, so that nothing rewrites the file while it is read; hands the file out.
 * The test for a plain file and the reading happen inside the sandbox, where a swapped link leads nowhere.
 */
export function collectingShell(
  { argv, collect, onReady }: SandboxRun,
  killRest: boolean,
): string[] {
  const script = [
    `printf '${STARTED}' >&3`,
    'file=$1; shift',
    `"$@" ${onReady === undefined ? '3>&- ' : ''}4>&-; code=$?`,
    killRest ? 'kill -9 -1 2>/dev/null' : ':',
    `if [ -f "$file" ] && [ ! -L "$file" ]; then head -c ${COLLECT_BYTES + 1} "$file" >&3 2>/dev/null; fi`,
    'exit $code',
  ].join('\n');
  return ['/bin/sh', '-c', script, 'sh', collect, ...argv];
}

/** `prlimit` with what the kernel can hold; the watchdog holds the sums. */
export function processLimits(limits: SandboxLimits): string[] {
  return [
    'prlimit',
    `--nproc=${limits.processes + PROCESS_SLACK}`,
    `--as=${limits.memoryBytes + ADDRESS_SPACE_SLACK}`,
    `--fsize=${limits.fileBytes}`,
    `--cpu=${Math.ceil(limits.cpuSeconds) + 1}`,
    '--nofile=512',
    '--core=0',
    '--msgqueue=0',
    '--',
  ];
}
