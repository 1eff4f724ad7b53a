import { TaskspaceError } from '@taskspace/core';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'found the disk full. Free some space',
  EDQUOT: 'found the disk quota used up. Free some space',
  EFBIG: "found the limit on a file's size reached. Raise it (ulimit -f)",
  EROFS: 'found a read-only file system. Choose another folder with `out`',
  EACCES: 'was not permitted. Change the permissions or choose another folder with `out`',
  EPERM: 'was not permitted. Change the permissions or choose another folder with `out`',
};

/**
 * The error for a file of a run that could not be written: says what is wrong with the disk and that the run can go on from
 * its last checkpoint. Errors that already say what to do pass through.
 *
 * @param cause - What was thrown, or the message itself.
 */
export function diskProblem(path: string, cause: unknown): TaskspaceError {
  if (cause instanceof TaskspaceError) return cause;
  if (typeof cause === 'string')
    return new TaskspaceError('TASKSPACE_ERR_RUN_FOLDER', `${path}: ${cause}`);
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? '';
  const found = ADVICE[code] ?? `failed (${code || String(cause)}). Look into the cause`;
  return new TaskspaceError(
    'TASKSPACE_ERR_RUN_FOLDER',
    `${path}: expected to write, ${found}, then continue with --resume: what was saved before is kept.`,
    { cause },
  );
}
