/** V8's space for young objects would grow to 64 MB and more in a long run, though little of it is ever in use. */
const YOUNG_GENERATION = '--max-semi-space-size=8';

/**
 * glibc's allocator raises, with every large block freed, the size from which on blocks are given back to the system at once;
 * a fixed one keeps freed tensors from piling up in each thread's heap. Other allocators do not read it.
 */
const MALLOC_SETTING = { name: 'MALLOC_MMAP_THRESHOLD_', value: '262144' } as const;

/**
 * Starts the command anew in the same process (same id, same streams) with memory settings that can only be given at start-up.
 * Returns where that was done already, where the caller made the setting, or where a process cannot be replaced (Windows).
 */
export function restartWithSteadyMemory(): void {
  const { env, execPath, execArgv, argv } = process;
  if (!process.execve || env[MALLOC_SETTING.name] !== undefined) return;
  const args = [execPath, YOUNG_GENERATION, ...execArgv, ...argv.slice(1)];
  process.execve(execPath, args, { ...env, [MALLOC_SETTING.name]: MALLOC_SETTING.value });
}
