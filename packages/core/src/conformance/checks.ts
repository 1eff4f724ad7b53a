import { assertOpening, assertTask } from '../assert-contract.ts';
import { validateConfig } from '../config.ts';
import { Scope, type Services } from '../container.ts';
import { checkDefinition, type Demonstration, type Domain, type DomainParts } from '../domain.ts';
import { DomainError } from '../errors.ts';
import { createRandom } from '../random.ts';
import { restoreEpisode } from '../restore.ts';
import { showValue } from '../show-value.ts';
import type { Split, Task, TaskSource } from '../task.ts';
import { HOSTILE_RESPONSES } from './hostile-responses.ts';
import { episodeContext, type Played, type PlayOptions, play, within } from './play.ts';

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

/** One thing every domain must do. */
export interface ConformanceCheck {
  /** A fact about the domain, as a test title. */
  readonly title: string;
  /** Why the check cannot be made here, and what would make it possible. */
  readonly skip?: string;
  /** Rejects with what is wrong when the fact does not hold. */
  run(): Promise<void>;
}

/** The checks every domain must pass, in the order in which failures are best understood. */
export function conformanceChecks<Options>(
  domain: Domain<Options>,
  options: ConformanceOptions<Options> = {},
): readonly ConformanceCheck[] {
  const subject = new Subject(domain as Domain, options as ConformanceOptions);
  const { goldResponses, wrongResponses } = options;
  return [
    { title: 'has a valid definition and options schema', run: () => checkOptions(subject) },
    { title: 'gives valid tasks with unique ids', run: () => checkTasks(subject) },
    { title: 'gives the same task at the same index', run: () => checkRepeatable(subject) },
    { title: 'keeps its splits disjoint by id and by content', run: () => checkDisjoint(subject) },
    {
      title: 'says the same for the same task, seed and responses',
      run: () => checkDeterminism(subject),
    },
    {
      title: 'plays episodes at the same time as if alone',
      run: () => checkIndependence(subject),
    },
    { title: 'restores every prefix by replay', run: () => checkRestore(subject) },
    needing(goldResponses, 'goldResponses', {
      title: 'accepts gold responses',
      run: () => checkJudgement(subject, goldResponses, true),
    }),
    needing(wrongResponses, 'wrongResponses', {
      title: 'refuses wrong responses',
      run: () => checkJudgement(subject, wrongResponses, false),
    }),
    ...HOSTILE_RESPONSES.map(({ name, text }) => ({
      title: `survives a response of ${name}`,
      run: () => checkHostile(subject, text),
    })),
    { title: 'ends its calls when aborted', run: () => checkAbort(subject) },
    { title: 'demonstrates repeatably', run: () => checkDemonstrations(subject) },
  ];
}

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];
const SEED = 20_250_904;

/** The domain under test, created once, and how to play it. */
class Subject implements PlayOptions {
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

  fail(expected: string, got: string, taskId?: string): never {
    const message = `expected ${expected}, got ${got}.`;
    throw new DomainError(message, { domain: this.domain.name, taskId });
  }
}

function needing(
  given: unknown,
  name: string,
  check: Omit<ConformanceCheck, 'skip'>,
): ConformanceCheck {
  return given === undefined ? { ...check, skip: `give ${name} to check this` } : check;
}

async function checkOptions(subject: Subject): Promise<void> {
  checkDefinition(subject.domain);
  subject.options();
  await subject.parts();
}

async function checkTasks(subject: Subject): Promise<void> {
  for (const split of SPLITS) {
    const source = await (await subject.parts()).tasks(split);
    const { size } = source;
    if (source.split !== split) subject.fail(`tasks('${split}').split "${split}"`, source.split);
    const isSize = size === Number.POSITIVE_INFINITY || (Number.isSafeInteger(size) && size >= 0);
    if (!isSize) subject.fail(`a count or Infinity as size of ${split}`, String(size));
    if (split === 'train' && size === 0) subject.fail('at least one training task', 'none');
    const ids = new Set<string>();
    for (const task of await subject.tasks(split, subject.samples * 10)) {
      assertTask(task, { domain: subject.domain.name });
      if (ids.has(task.id))
        subject.fail(`unique ids in ${split}`, `a second "${task.id}"`, task.id);
      ids.add(task.id);
    }
  }
}

async function checkRepeatable(subject: Subject): Promise<void> {
  const fresh = await subject.create();
  for (const split of SPLITS) {
    const first = await (await subject.parts()).tasks(split);
    const second = await fresh.tasks(split);
    if (first.size !== second.size) {
      subject.fail(`the size ${first.size} of ${split} again`, String(second.size));
    }
    // Backwards the second time: a task must not depend on what was asked for before.
    for (const index of sampleIndices(first, subject.samples).reverse()) {
      const task = await first.at(index);
      expectSame(subject, `${split} task ${index} again`, task, await first.at(index), task.id);
      const other = await second.at(index);
      expectSame(subject, `${split} task ${index} of a new instance`, task, other, task.id);
    }
  }
}

async function checkDisjoint(subject: Subject): Promise<void> {
  const owners = new Map<string, { readonly split: Split; readonly id: string }>();
  for (const split of SPLITS) {
    for (const { id, instruction, payload } of await subject.tasks(split, subject.samples * 10)) {
      for (const key of [`id ${id}`, `content ${JSON.stringify([instruction, payload])}`]) {
        const owner = owners.get(key);
        if (owner !== undefined && owner.split !== split) {
          const what = key.startsWith('id ') ? 'the id' : 'instruction and payload';
          subject.fail(
            `splits without common tasks`,
            `${what} of ${owner.split} task ${owner.id} in ${split}`,
            id,
          );
        }
        owners.set(key, { split, id });
      }
    }
  }
}

async function checkDeterminism(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  const fresh = await subject.create();
  for (const task of await subject.playable()) {
    const responses = await subject.responses(task);
    const first = await play(parts, task, SEED, responses, subject);
    const context = episodeContext(SEED, subject);
    const judged = await parts.verifier.verify(first.history, context);
    expectSame(subject, 'the same verdict again', first.verdict, judged, task.id);
    // A copy through JSON, played by a new instance: nothing may hide outside task, seed and responses.
    const copy = JSON.parse(JSON.stringify(task)) as Task;
    const second = await play(fresh, copy, SEED, responses, subject);
    expectSame(subject, 'the same episode again', asJson(first), asJson(second), task.id);
  }
}

async function checkIndependence(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  const tasks = (await subject.tasks('train')).slice(0, 8);
  const playOne = async (task: Task) =>
    play(parts, task, SEED, await subject.responses(task), subject);
  const alone: Played[] = [];
  for (const task of tasks) alone.push(await playOne(task));
  const together = await Promise.all(tasks.map(playOne));
  for (const [index, task] of tasks.entries()) {
    const [expected, got] = [alone[index], together[index]];
    expectSame(subject, 'the episode as when played alone', asJson(expected), asJson(got), task.id);
  }
}

async function checkRestore(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  for (const task of await subject.playable()) {
    const { history } = await play(parts, task, SEED, await subject.responses(task), subject);
    for (const [index, turn] of history.turns.entries()) {
      const start = { seed: SEED, turns: history.turns.slice(0, index + 1) };
      const context = episodeContext(0, subject);
      const { episode } = await restoreEpisode(parts.environment, task, start, context);
      try {
        const outcome = await within(subject.timeoutMs, task, 'respond', () =>
          episode.respond(turn.response),
        );
        const recorded = history.turns[index + 1]?.request ?? history.closing;
        const what = `the reply of turn ${index + 1} again after a restore`;
        expectSame(subject, what, recorded, outcome.messages, task.id);
      } finally {
        await episode[Symbol.asyncDispose]();
      }
    }
  }
}

async function checkJudgement(
  subject: Subject,
  responsesTo: ConformanceOptions['goldResponses'],
  correct: boolean,
): Promise<void> {
  const parts = await subject.parts();
  for (const task of await subject.playable()) {
    const responses = (await responsesTo?.(task)) ?? [];
    const { verdict } = await play(parts, task, SEED, responses, subject);
    if (verdict.correct !== correct || verdict.quality === (correct ? 0 : 1)) {
      subject.fail(
        `${correct ? 'correct, with a quality above 0' : 'not correct, with a quality below 1'}, for ${showValue(responses, 200)}`,
        showValue(verdict, 300),
        task.id,
      );
    }
  }
}

async function checkHostile(subject: Subject, text: string): Promise<void> {
  const parts = await subject.parts();
  for (const task of (await subject.tasks('train')).slice(0, 3)) {
    const { verdict } = await play(parts, task, SEED, [text], subject);
    const again = await play(parts, task, SEED, [text], subject);
    expectSame(subject, 'the same verdict again', verdict, again.verdict, task.id);
  }
}

async function checkAbort(subject: Subject): Promise<void> {
  const { environment, verifier } = await subject.parts();
  const [task] = await subject.tasks('train');
  if (task === undefined) return;
  const settles = (what: string, run: () => unknown) =>
    within(subject.timeoutMs, task, `${what} after an abort`, async () => {
      // Rejecting is a fine answer to an abort; only not answering is not.
      await Promise.resolve()
        .then(run)
        .catch(() => {});
    });
  const responses = await subject.responses(task);
  const controller = new AbortController();
  const context = episodeContext(SEED, subject, controller.signal);
  const episode = await environment.open(task, context);
  try {
    const responding = Promise.resolve().then(() => episode.respond(responses[0] ?? ''));
    controller.abort(new Error('aborted by the conformance checks'));
    await settles('respond', () => responding);
  } finally {
    await settles('dispose', () => episode[Symbol.asyncDispose]());
  }
  await settles('open', async () => {
    await (await environment.open(task, context))[Symbol.asyncDispose]();
  });
  const { history } = await play(await subject.parts(), task, SEED, responses, subject);
  await settles('verify', () => verifier.verify(history, context));
}

async function checkDemonstrations(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  if (parts.demonstrations === undefined) return;
  const first = await takeDemonstrations(parts, subject.samples);
  const again = await takeDemonstrations(await subject.create(), subject.samples);
  expectSame(subject, 'the same demonstrations for the same seed', first, again);
  for (const demonstration of first) {
    assertOpening(demonstration.messages, { domain: subject.domain.name });
    const { response } = demonstration;
    if (typeof response !== 'string' || response === '') {
      subject.fail('a demonstration with a response', showValue(response));
    }
    const task = await subject.given.demonstratedTask?.(demonstration);
    if (task === undefined) continue;
    const { verdict } = await play(parts, task, SEED, [response], subject);
    if (!verdict.correct) {
      subject.fail(
        `a correct demonstration`,
        `${showValue(response, 200)}, judged ${showValue(verdict, 200)}`,
        task.id,
      );
    }
  }
}

async function takeDemonstrations(parts: DomainParts, count: number): Promise<Demonstration[]> {
  const taken: Demonstration[] = [];
  for await (const demonstration of parts.demonstrations?.('train', SEED) ?? []) {
    taken.push(demonstration);
    if (taken.length >= count) break;
  }
  return taken;
}

function sampleIndices(source: TaskSource, count: number): number[] {
  if (source.size <= count) return Array.from({ length: source.size }, (_, index) => index);
  const random = createRandom('conformance').fork(source.split);
  const indices = new Set(Array.from({ length: Math.ceil(count / 2) }, (_, index) => index));
  while (indices.size < count) indices.add(random.integer(Math.min(source.size, 2 ** 31)));
  return [...indices];
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function expectSame(
  subject: Subject,
  what: string,
  expected: unknown,
  got: unknown,
  taskId?: string,
): void {
  const [one, other] = [JSON.stringify(expected), JSON.stringify(got)];
  if (one === other) return;
  let from = 0;
  while (one[from] === other?.[from]) from += 1;
  from = Math.max(0, from - 40);
  subject.fail(
    `${what}: …${one.slice(from, from + 120)}`,
    `…${other?.slice(from, from + 120) ?? 'nothing'}`,
    taskId,
  );
}
