import { InvalidTable } from '../csv/invalid-table.ts';
import { numberCell } from '../csv/number-cell.ts';
import { parseTable } from '../csv/parse-table.ts';
import type { Direction } from '../metrics/metric.ts';
import { CompetitionError } from './competition-error.ts';

/** Of a submission that would have been among the best of a leaderboard. */
export type Medal = 'gold' | 'silver' | 'bronze';

/** Scores of the teams of a past competition. */
export interface Leaderboard {
  /** In the order of the file, best first. */
  readonly scores: readonly number[];
  readonly direction: Direction;
}

/** Scores a submission must reach. */
export interface MedalThresholds {
  readonly gold: number;
  readonly silver: number;
  readonly bronze: number;
  /** The middle score; above it means strictly better. */
  readonly median: number;
}

/** Last place (1-based) that earns each medal, by the number of teams. */
export function medalPlaces(teams: number): Readonly<Record<Medal, number>> {
  if (teams < 100) {
    return {
      gold: Math.max(1, Math.floor(teams * 0.1)),
      silver: Math.max(1, Math.floor(teams * 0.2)),
      bronze: Math.max(1, Math.floor(teams * 0.4)),
    };
  }
  if (teams < 250) {
    return { gold: 10, silver: Math.floor(teams * 0.2), bronze: Math.floor(teams * 0.4) };
  }
  const gold = 10 + Math.floor(teams * 0.002);
  if (teams < 1000) return { gold, silver: 50, bronze: 100 };
  return { gold, silver: Math.floor(teams * 0.05), bronze: Math.floor(teams * 0.1) };
}

/** Scores that earn each medal: those of the teams at the last places that did. */
export function medalThresholds({ scores }: Leaderboard): MedalThresholds {
  const places = medalPlaces(scores.length);
  const at = (place: number) => scores[place - 1]!;
  return {
    gold: at(places.gold),
    silver: at(places.silver),
    bronze: at(places.bronze),
    median: median(scores),
  };
}

/** The medal a score earns, ties included; null for none. */
export function medalFor(score: number, leaderboard: Leaderboard): Medal | null {
  const thresholds = medalThresholds(leaderboard);
  const reaches = (threshold: number) =>
    leaderboard.direction === 'higher' ? score >= threshold : score <= threshold;
  return MEDALS.find((medal) => reaches(thresholds[medal])) ?? null;
}

const MEDALS: readonly Medal[] = ['gold', 'silver', 'bronze'];

/**
 * The share of teams that a score is level with or ahead of: (N − position + 1) / N, where position 1 is ahead of or level
 * with everybody, and N the number of teams.
 *
 * @returns In [0, 1]; 0 for a score behind all of them.
 */
export function positionScore(score: number, { scores, direction }: Leaderboard): number {
  const ahead = scores.filter((other) => (direction === 'higher' ? other > score : other < score));
  return (scores.length - ahead.length) / scores.length;
}

/**
 * Reads a leaderboard file: CSV with a column `score`, best first.
 *
 * @param direction - What the metric says; the file's own order wins in case of doubt, as in MLE-bench, unless it is flat.
 * @param subject - The competition and file, for error messages.
 * @throws {@link CompetitionError} for a Git LFS pointer, no such column, or no scores.
 */
export function readLeaderboard(
  bytes: Uint8Array,
  direction: Direction,
  subject: string,
): Leaderboard {
  const start = new TextDecoder().decode(bytes.subarray(0, 64));
  if (start.startsWith('version https://git-lfs')) {
    throw new CompetitionError(
      subject,
      'expected leaderboard scores, got a Git LFS pointer: the file was never downloaded. Run "git lfs pull" where it comes from.',
    );
  }
  const scores = readScores(bytes, subject);
  const [first, last] = [scores[0]!, scores.at(-1)!];
  const told = first === last ? direction : first < last ? 'lower' : 'higher';
  if (told !== direction) {
    throw new CompetitionError(
      subject,
      `expected best scores first, ${direction} being better, got ${first} first and ${last} last. Correct the metric, or the order.`,
    );
  }
  return { scores, direction };
}

function readScores(bytes: Uint8Array, subject: string): readonly number[] {
  try {
    const { columns, rows, lines } = parseTable(bytes);
    const place = columns.findIndex((name) => name.toLowerCase() === 'score');
    if (place < 0) throw new InvalidTable(`expected a column "score", got ${columns.join(', ')}.`);
    if (rows.length === 0) throw new InvalidTable('expected scores, got only a header.');
    return rows.map((row, index) => numberCell(row[place]!, lines[index]!, 'score'));
  } catch (cause) {
    if (!(cause instanceof InvalidTable)) throw cause;
    throw new CompetitionError(subject, cause.message, { cause });
  }
}

function median(scores: readonly number[]): number {
  const sorted = [...scores].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
