import {
  claimedFailure,
  DomainError,
  type FailureKind,
  ReplayError,
  type Task,
} from '@taskspace/core';

/** A rollout that ended in a typed failure; caught where its group is put together. */
export class RolloutError extends Error {
  readonly kind: FailureKind;

  static {
    RolloutError.prototype.name = 'RolloutError';
  }

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** One call into a domain's code. */
export interface DomainCall<Result> {
  readonly task: Task;
  /** What is called, for messages: `environment.open`. */
  readonly name: string;
  /** What a throw counts as. */
  readonly kind: 'environment' | 'verifier';
  readonly timeoutMs: number;
  /** The run's; when it fires the call is left with the signal's reason. */
  readonly signal: AbortSignal;
  /** Told when the call outlasts its time, so that the domain can stop working. */
  readonly onTimeout: (reason: Error) => void;
  /** The call, and the check of what it gave. */
  readonly work: () => Result | PromiseLike<Result>;
}

/**
 * Runs domain code behind the one boundary that knows the task: whatever it throws, and a promise that does not settle in
 * time, becomes a {@link RolloutError} that names domain, task and call. An abort of the run is passed on as it is.
 */
export async function callDomain<Result>(call: DomainCall<Result>): Promise<Result> {
  const { timeoutMs, signal, onTimeout, work } = call;
  signal.throwIfAborted();
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  const onAbort = (): void => stop(signal.reason);
  const timer = setTimeout(() => {
    const error = timeoutError(call);
    onTimeout(error);
    stop(error);
  }, timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([run(work), stopped]);
  } catch (error) {
    signal.throwIfAborted();
    throw asRolloutError(call, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** So that a synchronous throw is a rejection too. */
async function run<Result>(work: () => Result | PromiseLike<Result>): Promise<Result> {
  return await work();
}

function timeoutError({ task, name, timeoutMs }: DomainCall<unknown>): RolloutError {
  const error = new DomainError(
    `expected ${name} to settle within ${timeoutMs} ms, it is still at work. Listen to context.signal, or raise rollout.timeoutMs.`,
    { domain: task.domain, taskId: task.id, code: 'TASKSPACE_ERR_DOMAIN_TIMEOUT' },
  );
  return new RolloutError('timeout', error.message, { cause: error });
}

function asRolloutError({ task, name, kind }: DomainCall<unknown>, error: unknown): RolloutError {
  if (error instanceof RolloutError) return error;
  if (error instanceof ReplayError)
    return new RolloutError('replay', error.message, { cause: error });
  const claim = claimedFailure(error);
  if (error instanceof DomainError && claim === null) {
    const invalid = error.code === 'TASKSPACE_ERR_DOMAIN_VERDICT';
    return new RolloutError(invalid ? 'invalid-verdict' : kind, error.message, { cause: error });
  }
  const thrown = error instanceof Error ? error.message : String(error);
  const named = new DomainError(`${name} threw: ${thrown}`, {
    domain: task.domain,
    taskId: task.id,
    cause: error,
  });
  return new RolloutError(claim ?? kind, named.message, { cause: named });
}
