import { TaskspaceError } from '@taskspace/core';

/** Why a sandbox could not be had or could not start. */
export type SandboxErrorCode =
  | 'TASKSPACE_ERR_SANDBOX_MISSING'
  | 'TASKSPACE_ERR_SANDBOX_START'
  | 'TASKSPACE_ERR_PYTHON';

/** No sandbox, no Python, or a sandbox that did not start: the machine's fault, never the program's. */
export class SandboxError extends TaskspaceError {
  readonly rolloutFailure = 'sandbox';

  static {
    SandboxError.prototype.name = 'SandboxError';
  }

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
