import type { BufferEntry } from '../curriculum/task-buffer.ts';

/** The task buffer of Algorithm 1 as a plain list, every operation in linear time: what the real one must equal. */
export class PlainBuffer {
  readonly capacity: number;
  readonly kappa: number;
  /** In the order in which a draw goes through them. */
  entries: BufferEntry[] = [];
  /** All entries ever inserted, oldest first. */
  readonly #arrivals: BufferEntry['start'][] = [];

  constructor(capacity: number, kappa: number) {
    this.capacity = capacity;
    this.kappa = kappa;
  }

  insert(entry: BufferEntry): void {
    if (this.entries.length < this.capacity) {
      this.entries.push(entry);
    } else {
      const lowest = Math.min(...this.entries.map(({ score }) => score));
      if (entry.score < lowest) return;
      const oldest = this.#arrivals.find((start) =>
        this.entries.some((other) => other.start === start && other.score === lowest),
      );
      this.entries = this.entries.map((other) => (other.start === oldest ? entry : other));
    }
    this.#arrivals.push(entry.start);
  }

  update(start: BufferEntry['start'], score: number): void {
    this.entries = this.entries.map((entry) =>
      entry.start === start ? { ...entry, score } : entry,
    );
  }

  /** The entry that a number in [0, 1) falls on. */
  draw(uniform: number): BufferEntry | undefined {
    const weights = this.entries.map(({ score }) => Math.exp(this.kappa * score));
    let rest = uniform * weights.reduce((sum, weight) => sum + weight, 0);
    return this.entries.find((_, index) => {
      rest -= weights[index] ?? 0;
      return rest < 0;
    });
  }
}
