import { TaskspaceError } from '@taskspace/core';

/** What kept completions from being drawn. */
export type SamplingErrorCode =
  | 'TASKSPACE_ERR_SAMPLING_REQUEST'
  | 'TASKSPACE_ERR_SAMPLING_LENGTH'
  | 'TASKSPACE_ERR_SAMPLING_LOGITS';

/** A request that cannot be sampled, or a policy whose logits are no distribution. */
export class SamplingError extends TaskspaceError {
  static {
    SamplingError.prototype.name = 'SamplingError';
  }

  constructor(code: SamplingErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
