import { validateConfig } from '../config.ts';
import { Scope, type Services } from '../container.ts';
import type { Demonstration, Domain, DomainParts } from '../domain.ts';
import { DomainError } from '../errors.ts';
import { createRandom } from '../random.ts';
import type { Split, Task, TaskSource } from '../task.ts';
import type { PlayOptions } from './play.ts';

/** What the checks need to know about a domain beyond the domain itself. */
export interface ConformanceOptions<Options = unknown> {
  /** Options to create the domain with; what is left out takes its default. */
  readonly options?: Partial<Options>;
  /** What the run would provide; default nothing. */
  readonly services?: Services;
  /** Responses that solve a task, turn by turn. */
  goldResponses?(task: Task): readonly string[] | Promise<readonly string[]>;
  /** Responses that look like an attempt and do not solve the task. */
  wrongResponses?(task: Task): readonly string[] | Promise<readonly string[]>;
  /** The task a demonstration answers in one turn; with it, demonstrations are judged too. */
  demonstratedTask?(demonstration: Demonstration): Task | Promise<Task>;
  /** Tasks of each split that are played; ten times as many are looked at. Default 20. */
  readonly samples?: number;
  /** Most turns of one episode; default 16. */
  readonly maxTurns?: number;
  /** Most time for one call into the domain; default 10,000. */
  readonly timeoutMs?: number;
}

/** All splits, in the order in which checks look at them. */
export const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

/** Seed of the episodes that checks play. */
export const SEED = 20_250_904;

/** The domain under test, created once, and how to play it. */
export class Subject implements PlayOptions {
  readonly domain: Domain;
  readonly given: ConformanceOptions;
  readonly services: Services;
  readonly samples: number;
  readonly maxTurns: number;
  readonly timeoutMs: number;
  #parts: Promise<DomainParts> | undefined;

  constructor(domain: Domain, given: ConformanceOptions) {
    this.domain = domain;
    this.given = given;
    this.services = given.services ?? new Scope();
    this.samples = given.samples ?? 20;
    this.maxTurns = given.maxTurns ?? 16;
    this.timeoutMs = given.timeoutMs ?? 10_000;
  }

  parts(): Promise<DomainParts> {
    this.#parts ??= this.create();
    return this.#parts;
  }

  async create(): Promise<DomainParts> {
    return this.domain.create(this.options(), this.services);
  }

  options(): unknown {
    const { name, options } = this.domain;
    return validateConfig(options, this.given.options ?? {}, `options of domain ${name}`);
  }

  /** Some tasks of a split: the first ones, and others drawn from all over it. */
  async tasks(split: Split, count = this.samples): Promise<readonly Task[]> {
    const source = await (await this.parts()).tasks(split);
    return Promise.all(sampleIndices(source, count).map((index) => source.at(index)));
  }

  /** Tasks that are played, of all splits. */
  async playable(): Promise<readonly Task[]> {
    const tasks = await Promise.all(SPLITS.map((split) => this.tasks(split)));
    return tasks.flat();
  }

  /** Responses to play a task with: the gold ones when known. */
  async responses(task: Task): Promise<readonly string[]> {
    return (await this.given.goldResponses?.(task)) ?? ['I do not know.'];
  }

  /** Throws what a failed check reports. */
  fail(expected: string, got: string, taskId?: string): never {
    const message = `expected ${expected}, got ${got}.`;
    throw new DomainError(message, { domain: this.domain.name, taskId });
  }

  /** Fails when two values differ as JSON; shows where. */
  expectSame(what: string, expected: unknown, got: unknown, taskId?: string): void {
    const [one, other] = [JSON.stringify(expected), JSON.stringify(got)];
    if (one === other) return;
    let from = 0;
    while (one[from] === other?.[from]) from += 1;
    from = Math.max(0, from - 40);
    const shown = other?.slice(from, from + 120) ?? 'nothing';
    this.fail(`${what}: …${one.slice(from, from + 120)}`, `…${shown}`, taskId);
  }
}

/** Positions to look at: the first ones, and others from all over the source. */
export function sampleIndices(source: TaskSource, count: number): number[] {
  if (source.size <= count) return Array.from({ length: source.size }, (_, index) => index);
  const random = createRandom('conformance').fork(source.split);
  const indices = new Set(Array.from({ length: Math.ceil(count / 2) }, (_, index) => index));
  while (indices.size < count) indices.add(random.integer(Math.min(source.size, 2 ** 31)));
  return [...indices];
}
