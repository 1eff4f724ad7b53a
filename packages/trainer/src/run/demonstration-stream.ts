import type { Demonstration, DomainParts, RandomStream, Split } from '@taskspace/core';
import { DomainError } from '@taskspace/core';

/** Where a stream stands: how many demonstrations of which chapter were taken. */
export interface StreamPosition {
  readonly chapter: number;
  readonly taken: number;
}

/**
 * A chapter ends here at the latest. Finding one's place in a chapter again means reading it from its start, so chapters
 * keep that short however long a run is.
 */
const CHAPTER_LENGTH = 2 ** 16;

/**
 * A domain's demonstrations without end: chapter after chapter, each a stream of the domain with a seed of its own. The
 * sequence is decided by the random stream alone, and its position can be saved.
 */
export class DemonstrationStream {
  readonly #domain: string;
  readonly #open: (seed: number) => AsyncIterable<Demonstration> | Iterable<Demonstration>;
  readonly #random: RandomStream;
  #chapter = 0;
  #taken = 0;
  #source: AsyncIterator<Demonstration> | Iterator<Demonstration> | null = null;

  /** @throws {@link DomainError} when the domain has no demonstrations. */
  constructor(domain: string, parts: DomainParts, split: Split, random: RandomStream) {
    if (!parts.demonstrations) {
      throw new DomainError(
        'expected demonstrations to learn from, the domain gives none. Leave it out of this warm start.',
        { domain },
      );
    }
    this.#domain = domain;
    this.#open = (seed) => parts.demonstrations!(split, seed);
    this.#random = random;
  }

  get position(): StreamPosition {
    return { chapter: this.#chapter, taken: this.#taken };
  }

  async next(): Promise<Demonstration> {
    const found = await this.#take();
    if (found) return found;
    await this.#begin(this.#chapter + 1);
    const first = await this.#take();
    if (first) return first;
    throw new DomainError(
      'expected at least one demonstration in every stream, got an empty one. Correct the domain or its options.',
      { domain: this.#domain },
    );
  }

  /** Goes where a stream of the same seed stood. */
  async restore({ chapter, taken }: StreamPosition): Promise<void> {
    await this.#begin(chapter);
    while (this.#taken < taken && (await this.#take()));
  }

  async #begin(chapter: number): Promise<void> {
    // A chapter left early may hold a file open.
    await this.#source?.return?.();
    this.#chapter = chapter;
    this.#taken = 0;
    this.#source = null;
  }

  async #take(): Promise<Demonstration | null> {
    if (this.#taken === CHAPTER_LENGTH) return null;
    this.#source ??= iterator(this.#open(this.#random.fork(this.#chapter).uint32()));
    const { done, value } = await this.#source.next();
    if (done) return null;
    this.#taken += 1;
    return value;
  }
}

function iterator(
  stream: AsyncIterable<Demonstration> | Iterable<Demonstration>,
): AsyncIterator<Demonstration> | Iterator<Demonstration> {
  return Symbol.asyncIterator in stream
    ? stream[Symbol.asyncIterator]()
    : stream[Symbol.iterator]();
}
