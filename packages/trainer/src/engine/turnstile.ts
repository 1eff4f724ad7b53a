/** Runs pieces of work one after another, in the order they were given. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes a queue of one: a piece of work begins when all earlier ones have ended, however they ended. */
export function createTurnstile(): Exclusive {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    // A failure belongs to whoever asked for that turn; the next one begins all the same.
    last = turn.catch(() => undefined);
    return turn;
  };
}
