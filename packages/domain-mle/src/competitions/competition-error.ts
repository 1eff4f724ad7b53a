import { TaskspaceError } from '@taskspace/core';

/** A competition that cannot be used as it is: its folder, manifest, answers or leaderboard. */
export class CompetitionError extends TaskspaceError {
  static {
    CompetitionError.prototype.name = 'CompetitionError';
  }

  /**
   * @param subject - The competition's id, or the file or folder that is wrong.
   * @param message - Expected, got, what to do.
   */
  constructor(subject: string, message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_MLE_COMPETITION', `competition ${subject}: ${message}`, options);
  }
}
