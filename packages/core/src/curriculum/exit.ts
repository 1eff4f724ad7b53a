/**
 * Exploratory Iteration (arXiv 2509.04575, algorithm 1) and its ablations, of one domain. The groups of an iteration are drawn from
 * one state of the buffer and then enter it one after another, in their order. Choices the paper leaves open beside those in
 * {@link ExitOptions}: a group with fewer than two judged rollouts has no learnability, so it changes nothing; an entry that could
 * not be played at all (its prompt is too long, its replay differs) is scored 0.
 */
import { CheckpointError } from '../errors.ts';
import type { SettledGroup, SettledRollout } from '../group.ts';
import { prefix } from '../history.ts';
import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import { createRandom, type RandomStream, restoreRandom } from '../random.ts';
import { showValue } from '../show-value.ts';
import type { TaskSource } from '../task.ts';
import type { Curriculum } from './curriculum.ts';
import { DistinctInstances } from './distinct-instances.ts';
import type { ExitOptions } from './exit-options.ts';
import { TaskBuffer } from './task-buffer.ts';
import { learnability, taskSpaceMetrics } from './task-space-metrics.ts';
import { createUniformCurriculum } from './uniform.ts';

/** What the embeddings of a run are made with; a saved run refuses to go on with another embedder. */
export interface EmbeddingSpace {
  readonly id: string;
  readonly width: number;
}

/** What {@link createExitCurriculum} takes. */
export interface ExitCurriculumOptions {
  /** The domain's name, which every task must carry. */
  readonly domain: string;
  /** The base tasks. */
  readonly source: TaskSource;
  /** Resolved by {@link resolveExit}. */
  readonly options: ExitOptions;
  /** Left out or null when the run embeds nothing. */
  readonly embedding?: EmbeddingSpace | null;
}

/**
 * The curriculum of one domain: base tasks drawn as {@link createUniformCurriculum} does, and entries of the task buffer, which
 * grows from the rollouts it learns from. Draws depend on the context's random stream and the state alone.
 *
 * @throws {@link TaskspaceError} when the source gives nothing to draw.
 */
export function createExitCurriculum(settings: ExitCurriculumOptions): Curriculum {
  const { domain, source, options, embedding = null } = settings;
  const base = createUniformCurriculum([{ domain, source }]);
  const buffer = new TaskBuffer(options);
  const distinct = new DistinctInstances(source.size);
  let iteration = 0;
  let expansion: RandomStream = createRandom(domain);
  let practice: Readonly<Record<string, number>> = {};

  return {
    async draw(count, context) {
      context.signal.throwIfAborted();
      const stream = context.random.fork('exit');
      const chosen = Array.from({ length: count }, () => select(buffer, options, stream));
      const missing = chosen.filter((instance) => instance === null).length;
      const tasks = (await base.draw(missing, context)).values();
      const instances = chosen.map((instance) => instance ?? tasks.next().value!);
      iteration = context.iteration;
      expansion = context.random.fork('exit/expand');
      for (const instance of instances) distinct.add(instance);
      return instances;
    },
    learn(groups) {
      let inserted = 0;
      for (const group of groups)
        inserted += learnFrom(group, { buffer, options, iteration, expansion });
      distinct.keep((key) => buffer.has(key));
      practice = { ...taskSpaceMetrics(groups, iteration), 'buffer/inserted': inserted };
    },
    snapshot: () => ({
      kind: KIND,
      domain,
      embedding: embedding === null ? null : { id: embedding.id, width: embedding.width },
      base: base.snapshot(),
      buffer: buffer.snapshot(),
      distinct: distinct.snapshot(),
      iteration,
      expansion: expansion.snapshot(),
      practice,
    }),
    restore(state) {
      const saved = readSnapshot(state, domain, embedding);
      buffer.restore(saved.buffer);
      base.restore(saved.base);
      distinct.restore(saved.distinct);
      expansion = restoreRandom(saved.expansion);
      iteration = saved.iteration;
      practice = saved.practice;
    },
    metrics: () => ({
      ...base.metrics(),
      ...practice,
      ...distinct.metrics(),
      'buffer/size': buffer.size,
      ...(buffer.minScore !== null && { 'buffer/min_score': buffer.minScore }),
    }),
  };
}

const KIND = 'exit';

/** An instance made of an entry of the buffer; null when a base task is to be played. */
function select(
  buffer: TaskBuffer,
  { variant, minSize, selectProbability, divergeProbability }: ExitOptions,
  random: RandomStream,
): Instance | null {
  if (buffer.size < minSize || random.next() >= selectProbability) return null;
  const { task, start, iterate } = buffer.draw(random);
  if (variant === 'curriculum') return { task, mode: 'replay', start, depth: 0 };
  const mode = random.next() < divergeProbability ? 'diverge' : 'improve';
  return { task, mode, start, depth: iterate + 1 };
}

interface Learner {
  readonly buffer: TaskBuffer;
  readonly options: ExitOptions;
  readonly iteration: number;
  readonly expansion: RandomStream;
}

/** Scores the group's entry, if it came from one, and inserts what it grew; gives the number of entries inserted. */
function learnFrom(group: SettledGroup, learner: Learner): number {
  const { buffer, options, iteration } = learner;
  const { task, start } = group.instance;
  const score = isUnplayable(group) ? 0 : learnability(group);
  if (score === null) return 0;
  if (start !== null) buffer.update(start, score);
  // Nothing would ever be drawn: the buffer is not worth its memory.
  if (options.selectProbability === 0) return 0;
  let inserted = 0;
  for (const { id, history, verdict } of expanded(group, learner)) {
    for (const [index, { iterate }] of history.turns.entries()) {
      if (isTooDeep(iterate, options)) continue;
      const start = prefix(history, index + 1, { quality: verdict.quality, origin: id });
      inserted += Number(buffer.insert({ task, start, iterate, score, born: iteration }));
    }
  }
  return inserted;
}

/** No later policy could play it either. */
function isUnplayable({ rollouts, failures }: SettledGroup): boolean {
  const never = failures.every(({ kind }) => kind === 'prompt-too-long' || kind === 'replay');
  return rollouts.length === 0 && failures.length > 0 && never;
}

function isTooDeep(iterate: number, { variant, maxDepth }: ExitOptions): boolean {
  return variant !== 'curriculum' && maxDepth !== null && iterate + 1 > maxDepth;
}

/** The rollouts of a group that enter the buffer. */
function expanded(
  { rollouts }: SettledGroup,
  { options, expansion }: Learner,
): readonly SettledRollout[] {
  const candidates = rollouts.filter(
    ({ truncated, history }) => (options.keepTruncated || !truncated) && history.turns.length > 0,
  );
  if (candidates.length === 0 || options.expand === 'all') return candidates;
  if (options.expand === 'one') return [candidates[expansion.integer(candidates.length)]!];
  const best = Math.max(...candidates.map(({ verdict }) => verdict.quality));
  return [candidates.find(({ verdict }) => verdict.quality === best)!];
}

interface Snapshot {
  readonly base: Json;
  readonly buffer: Json;
  readonly distinct: Json;
  readonly expansion: Json;
  readonly iteration: number;
  readonly practice: Readonly<Record<string, number>>;
}

function readSnapshot(state: Json, domain: string, embedding: EmbeddingSpace | null): Snapshot {
  const saved = (state ?? {}) as unknown as Snapshot & {
    readonly kind: unknown;
    readonly domain: unknown;
    readonly embedding: EmbeddingSpace | null;
  };
  const isWhole = Number.isSafeInteger(saved.iteration) && typeof saved.practice === 'object';
  if (saved.kind !== KIND || saved.domain !== domain || !isWhole) {
    throw new CheckpointError(
      'curriculum state',
      `expected a snapshot of the ExIt curriculum of ${domain}, got ${showValue(state)}. Resume with the curriculum the run was started with.`,
    );
  }
  if (saved.embedding?.id !== embedding?.id || saved.embedding?.width !== embedding?.width) {
    throw new CheckpointError(
      'curriculum state',
      `expected embeddings of ${showSpace(embedding)}, the run was started with ${showSpace(saved.embedding)}. Resume with the embedder the run was started with.`,
    );
  }
  return saved;
}

function showSpace(embedding: EmbeddingSpace | null): string {
  return embedding ? `"${embedding.id}", width ${embedding.width}` : 'no embedder';
}
