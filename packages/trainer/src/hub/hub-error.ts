import { TaskspaceError } from '@taskspace/core';

/** What kept a model from being fetched, by what a caller would do about it. */
export type HubProblem =
  /** No such model, revision or file, or a private one. */
  | 'not-found'
  /** It wants an access token, or the owner's terms accepted. */
  | 'forbidden'
  /** No connection. */
  | 'unreachable'
  /** The hub refuses for now: too many requests, or a fault of its own. */
  | 'busy'
  /** The network is forbidden and the cache lacks something. */
  | 'offline'
  /** The disk is full or cannot be written. */
  | 'disk'
  /** What came is not what the hub announced. */
  | 'damaged'
  /** The model is there, but not in files that are read here. */
  | 'unsupported';

/** A model of the hub that cannot be had; `problem` says why, the message what to do. */
export class HubError extends TaskspaceError {
  readonly problem: HubProblem;

  static {
    HubError.prototype.name = 'HubError';
  }

  /** @param model - `owner/name`. */
  constructor(model: string, problem: HubProblem, message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_HUB', `hub model ${model}: ${message}`, options);
    this.problem = problem;
  }
}
