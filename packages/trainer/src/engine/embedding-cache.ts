/** Numbers that are remembered at most: 4 MiB, some thirty iterations of a thousand short responses. */
const CAPACITY = 2 ** 20;

/**
 * Embeddings that one policy gave, by tokens: in training the same short responses come again and again. An embedding depends on
 * nothing but its text (see fixed-rounds.ts), so what is found here is what would be computed.
 */
export class EmbeddingCache {
  readonly #rows = new Map<string, Float32Array>();
  readonly #mostRows: number;

  /** @param width - Numbers of an embedding. */
  constructor(width: number, capacity = CAPACITY) {
    this.#mostRows = Math.floor(capacity / width);
  }

  /** A copy of what was put there. */
  get(tokens: Int32Array): Float32Array | undefined {
    const key = tokens.join();
    const row = this.#rows.get(key);
    if (row) this.#put(key, row);
    return row?.slice();
  }

  /** Keeps a copy; what has not been wanted for longest goes when there is no room. */
  set(tokens: Int32Array, embedding: Float32Array): void {
    this.#put(tokens.join(), embedding.slice());
    if (this.#rows.size > this.#mostRows) this.#rows.delete(this.#rows.keys().next().value!);
  }

  /** To be called when the policy changes. */
  clear(): void {
    this.#rows.clear();
  }

  /** At the end: a map is read in the order in which its keys came. */
  #put(key: string, row: Float32Array): void {
    this.#rows.delete(key);
    this.#rows.set(key, row);
  }
}
