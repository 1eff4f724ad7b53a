import { CheckpointError } from '../errors.ts';
import type { Instance, InstanceMode } from '../instance.ts';
import type { Json } from '../json.ts';
import { showValue } from '../show-value.ts';
import { entryKey } from './task-buffer.ts';

/**
 * Counts the different instances a run has practised. Base tasks are remembered by id; instances made of a start only while the
 * start can be drawn again, so that memory is bounded by the base set and the buffer. (A source that never runs out is its own
 * bound: one id for each different task drawn.)
 */
export class DistinctInstances {
  readonly #baseSize: number;
  #base = new Set<string>();
  #grown = 0;
  /** Modes in which each start was practised, by {@link entryKey}. */
  #modes = new Map<string, readonly InstanceMode[]>();

  /** @param baseSize - Number of base tasks; may be `Infinity`. */
  constructor(baseSize: number) {
    this.#baseSize = baseSize;
  }

  add({ task, mode, start }: Instance): void {
    if (start === null) {
      this.#base.add(task.id);
      return;
    }
    const key = entryKey(start);
    const modes = this.#modes.get(key) ?? [];
    if (modes.includes(mode)) return;
    this.#grown += 1;
    this.#modes.set(key, [...modes, mode]);
  }

  /** Forgets the starts that cannot be drawn again. */
  keep(isLive: (key: string) => boolean): void {
    for (const key of this.#modes.keys()) if (!isLive(key)) this.#modes.delete(key);
  }

  /** How many, and how many for each base task (for each different one drawn, when the source never runs out). */
  metrics(): Record<string, number> {
    const distinct = this.#base.size + this.#grown;
    const base = Number.isFinite(this.#baseSize) ? this.#baseSize : this.#base.size;
    return { distinct, ...(base > 0 && { distinct_per_base_task: distinct / base }) };
  }

  snapshot(): Json {
    return { base: [...this.#base], grown: this.#grown, modes: Object.fromEntries(this.#modes) };
  }

  /** @throws {@link CheckpointError} */
  restore(state: Json): void {
    const { base, grown, modes } = (state ?? {}) as Record<string, unknown>;
    if (!Array.isArray(base) || !Number.isSafeInteger(grown) || typeof modes !== 'object') {
      throw new CheckpointError(
        'curriculum state',
        `expected a count of distinct instances, got ${showValue(state)}. Resume from another checkpoint.`,
      );
    }
    this.#base = new Set(base);
    this.#grown = grown as number;
    this.#modes = new Map(Object.entries(modes ?? {}));
  }
}
