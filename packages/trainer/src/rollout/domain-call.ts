import { DomainError, type DomainErrorCode, type FailureKind, type Task } from '@taskspace/core';

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
  readonly work: () => Result | PromiseLike<Result>;
}

/**
 * Runs domain code behind the one boundary that knows the task: whatever it throws, and a promise that does not settle in
 * time, becomes a {@link RolloutError} that names domain, task and call. An abort of the run is passed on as it is.
 */
export async function callDomain<Result>(call: DomainCall<Result>): Promise<Result> {
  const { task, name, kind, timeoutMs, signal, onTimeout, work } = call;
  signal.throwIfAborted();
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  const onAbort = (): void => stop(signal.reason);
  const onTime = (): void => {
    const error = rolloutError(
      task,
      'timeout',
      'TASKSPACE_ERR_DOMAIN_TIMEOUT',
      `expected ${name} to settle within ${timeoutMs} ms, it is still at work. Listen to context.signal, or raise rollout.timeoutMs.`,
    );
    onTimeout(error);
    stop(error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(onTime, timeoutMs);
  try {
    return await Promise.race([run(work), stopped]);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RolloutError) throw error;
    const thrown = error instanceof Error ? error.message : String(error);
    throw rolloutError(task, kind, 'TASKSPACE_ERR_DOMAIN', `${name} threw: ${thrown}`, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** The failure of a rollout, with a message that names its domain and task. */
export function rolloutError(
  task: Task,
  kind: FailureKind,
  code: DomainErrorCode,
  message: string,
  cause?: unknown,
): RolloutError {
  const error = new DomainError(message, {
    domain: task.domain,
    taskId: task.id,
    code,
    ...(cause !== undefined && { cause }),
  });
  return new RolloutError(kind, error.message, { cause: error });
}

/** So that a synchronous throw is a rejection too. */
async function run<Result>(work: () => Result | PromiseLike<Result>): Promise<Result> {
  return await work();
}
