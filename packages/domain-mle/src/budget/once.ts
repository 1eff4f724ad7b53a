import { createHash } from 'node:crypto';

/** Does what is asked once for each key and gives everybody the same answer. */
export interface Once<T> {
  /**
   * @param parts - What makes a request the same as another, for example competition and code.
   * @param work - Its result must not depend on who asks; one that throws is forgotten.
   * @throws the signal's reason when aborted; others who wait for the same answer are not.
   */
  get(parts: readonly string[], work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Requests answered without work. */
  readonly saved: () => number;
}

/** @param capacity - Answers kept; the ones longest unused go first. */
export function createOnce<T>(capacity: number): Once<T> {
  const answers = new Map<string, Promise<T>>();
  let saved = 0;
  return {
    async get(parts, work, signal) {
      const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64');
      for (;;) {
        signal?.throwIfAborted();
        const known = answers.get(key);
        if (known === undefined) break;
        answers.delete(key);
        answers.set(key, known);
        try {
          const answer = await unlessAborted(known, signal);
          saved += 1;
          return answer;
        } catch (error) {
          if (signal?.aborted === true) throw error;
          // Whoever worked on it failed or was stopped, and forgot it: this request tries for itself.
          if (answers.get(key) === known) answers.delete(key);
        }
      }
      const answer = work();
      answers.set(key, answer);
      if (answers.size > capacity) answers.delete(answers.keys().next().value!);
      try {
        return await answer;
      } catch (error) {
        if (answers.get(key) === answer) answers.delete(key);
        throw error;
      }
    },
    saved: () => saved,
  };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
