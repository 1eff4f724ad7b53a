/** Scores a file of completions line by line, each judged in a worker that is killed if it overruns. */
import { optionsOfNote } from './note-options.ts';
import type { AnswerVerdict, VerifyOptions } from './options.ts';
import { createVerifierPool, type PoolOptions } from './pool.ts';

/** One completion to be judged. */
export interface CompletionLine {
  readonly id: string;
  /** Reference answer; several are alternatives. */
  readonly gold: string | readonly string[];
  /** What the policy wrote. */
  readonly pred: string;
  /** May begin with `opts={…}`, the line's own options. */
  readonly note?: string;
}

/** One judgement. */
export interface ScoredLine {
  readonly id: string;
  readonly correct: boolean;
  readonly timeMs: number;
  readonly reason: string;
  /** Only when asked for: what was extracted, how each side was read, which rule decided. */
  readonly explanation?: Omit<AnswerVerdict, 'correct' | 'reason'>;
}

/** How lines are scored. */
export interface ScoreOptions extends PoolOptions {
  /** Adds the explanation to every line. Default `false`. */
  readonly explain?: boolean;
  /** Options for lines that do not state their own. */
  readonly defaults?: VerifyOptions;
}

/** Lines that are judged ahead of the one handed out next. */
const AHEAD = 256;

/**
 * Judges lines in their order. A line whose options are impossible, or that cost its worker, is not correct and says so;
 * it never ends the others.
 *
 * @throws Error naming the line (from 1) when something other than a {@link CompletionLine} comes.
 */
export async function* scoreLines(
  lines: Iterable<unknown> | AsyncIterable<unknown>,
  { explain = false, defaults = {}, ...pool }: ScoreOptions = {},
): AsyncGenerator<ScoredLine> {
  await using workers = createVerifierPool(pool);
  const pending: Promise<ScoredLine>[] = [];
  let count = 0;
  const judge = async ({ id, gold, pred, note }: CompletionLine): Promise<ScoredLine> => {
    let options: VerifyOptions;
    try {
      options = { ...defaults, ...optionsOfNote(note) };
    } catch (error) {
      return { id, correct: false, timeMs: 0, reason: (error as Error).message };
    }
    const outcome = await workers.verify(gold, pred, options);
    if (outcome.status === 'failed')
      return { id, correct: false, timeMs: 0, reason: outcome.message };
    const { correct, reason, ...explanation } = outcome.verdict;
    const timeMs = Math.round(outcome.timeMs * 1000) / 1000;
    return { id, correct, timeMs, reason, ...(explain && { explanation }) };
  };
  for await (const line of lines) {
    pending.push(judge(checkLine(line, ++count)));
    const next = pending.length >= AHEAD ? pending.shift() : undefined;
    if (next !== undefined) yield await next;
  }
  for (const next of pending) yield await next;
}

function checkLine(line: unknown, number: number): CompletionLine {
  const { id, gold, pred, note } = (
    typeof line === 'object' && line !== null ? line : {}
  ) as Record<string, unknown>;
  const problems: string[] = [];
  if (typeof id !== 'string' && typeof id !== 'number') problems.push('"id" a text');
  const isGold =
    typeof gold === 'string' ||
    typeof gold === 'number' ||
    (Array.isArray(gold) && gold.every((item) => typeof item === 'string'));
  if (!isGold) problems.push('"gold" a text or a list of texts');
  if (typeof pred !== 'string') problems.push('"pred" a text');
  if (note !== undefined && note !== null && typeof note !== 'string')
    problems.push('"note" a text');
  if (problems.length > 0) {
    throw new Error(
      `line ${number}: expected ${problems.join(', ')}; got ${JSON.stringify(line)?.slice(0, 200)}. Correct the line.`,
    );
  }
  return {
    id: String(id),
    gold: Array.isArray(gold) ? gold : String(gold),
    pred: String(pred),
    ...(typeof note === 'string' && { note }),
  };
}
