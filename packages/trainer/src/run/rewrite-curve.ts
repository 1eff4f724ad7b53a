import type { Scaffold } from '@taskspace/core';
import type { AnswerLine } from './answer-lines.ts';
import { bootstrapRatios, type Estimate, type Ratio } from './bootstrap.ts';

/**
 * How answers are after so many rewrites. Shares are of answers, in [0, 1]; intervals are over tasks. Changes are against the
 * first answers. An estimate is null when there was nothing to take the share of.
 */
export interface CurvePoint {
  /** k in the paper. */
  readonly rewrites: number;
  /** avg@n: share of right answers. */
  readonly average: Estimate | null;
  /** pass@n: share of tasks with a right answer among n. */
  readonly pass: Estimate | null;
  /** Mean of the verdicts' quality. */
  readonly quality: Estimate | null;
  /** Δ_k: change of `average`. */
  readonly gain: Estimate | null;
  readonly qualityGain: Estimate | null;
  /** How many answers went from wrong to right. */
  readonly corrected: number;
  /** How many answers went from right to wrong. */
  readonly broken: number;
  /** `corrected` less `broken`. */
  readonly netCorrections: number;
  /** Of the answers that were right at first, those that are right now. */
  readonly keep: Estimate | null;
  /** Of the answers that were wrong at first, those that are right now. */
  readonly fix: Estimate | null;
  /** The same two from one rewrite to the next, over all rewrites up to here; null unless each of these answers was judged. */
  readonly keepEach: Estimate | null;
  readonly fixEach: Estimate | null;
}

/** What rewrites do to a domain's answers. */
export interface RewriteCurve {
  readonly scaffold: Scaffold['kind'];
  /** What tells a `greedy` scaffold which answer is best: a metric of the verdict, or its quality. */
  readonly select?: string;
  /** Answers to each task (n). */
  readonly samples: number;
  /** Tasks of which at least one answer went through to the most rewrites; only such answers count, at every point. */
  readonly tasks: number;
  /** Ascending; the first is that of no rewrites. */
  readonly points: readonly CurvePoint[];
}

/**
 * Puts a domain's answers together.
 *
 * @param tasks - The lines of each task, in one mode.
 * @param rewrites - Ascending, from 0.
 */
export function rewriteCurve(
  tasks: readonly (readonly AnswerLine[])[],
  rewrites: readonly number[],
  samples: number,
  { kind, select }: Scaffold,
): RewriteCurve {
  const complete = tasks
    .map((lines) => completeSamples(lines, rewrites))
    .filter((some) => some.length > 0);
  return {
    scaffold: kind,
    ...(kind === 'greedy' && { select: select ?? 'quality' }),
    samples,
    tasks: complete.length,
    points: pointsOf(complete, rewrites, samples),
  };
}

/** Qualities that differ less from the share of right answers say nothing more than it does. */
const SAME = 0.005;

/** Whether answers are right or wrong with nothing in between, so that their mean quality is the share of right ones. */
export function isRightOrWrong(points: readonly CurvePoint[]): boolean {
  return points.every(
    ({ average, quality }) => Math.abs((average?.value ?? 0) - (quality?.value ?? 0)) < SAME,
  );
}

/** The verdicts of one sample, by position in the numbers of rewrites. */
interface Sample {
  readonly correct: readonly boolean[];
  readonly quality: readonly number[];
  readonly chain: readonly boolean[] | null;
}

function completeSamples(lines: readonly AnswerLine[], rewrites: readonly number[]): Sample[] {
  const bySample = Map.groupBy(lines, ({ sample }) => sample);
  return [...bySample.values()].flatMap((own): Sample[] => {
    const verdicts = rewrites.map((k) => own.find((line) => line.rewrites === k)?.verdict);
    const judged = verdicts.filter((verdict) => verdict !== undefined);
    if (judged.length < rewrites.length) return [];
    return [
      {
        correct: judged.map(({ correct }) => correct),
        quality: judged.map(({ quality }) => quality),
        chain: own.find(({ chain }) => chain)?.chain ?? null,
      },
    ];
  });
}

const RATIOS = {
  average: { numerator: 'right', denominator: 'answers' },
  pass: { numerator: 'passed', denominator: 'whole' },
  quality: { numerator: 'quality', denominator: 'answers' },
  gain: { numerator: 'gain', denominator: 'answers' },
  qualityGain: { numerator: 'qualityGain', denominator: 'answers' },
  keep: { numerator: 'kept', denominator: 'rightFirst' },
  fix: { numerator: 'corrected', denominator: 'wrongFirst' },
  keepEach: { numerator: 'keptEach', denominator: 'rightEach' },
  fixEach: { numerator: 'fixedEach', denominator: 'wrongEach' },
} as const satisfies Record<string, Ratio>;

type EstimateName = keyof typeof RATIOS;

const ESTIMATES = Object.keys(RATIOS) as EstimateName[];

/** All points see the same resamples, which are drawn once. */
function pointsOf(
  tasks: readonly (readonly Sample[])[],
  rewrites: readonly number[],
  wanted: number,
): CurvePoint[] {
  const rows = tasks.map((samples) => rewrites.map((k, index) => rowOf(samples, index, k, wanted)));
  const columns = rows.map((row) =>
    Object.fromEntries(
      row.flatMap((point, index) =>
        Object.entries(point).map(([name, value]) => [`${name} ${index}`, value] as const),
      ),
    ),
  );
  const ratios = rewrites.flatMap((_, index) =>
    ESTIMATES.map((name): readonly [string, Ratio] => {
      const { numerator, denominator } = RATIOS[name];
      const of = { numerator: `${numerator} ${index}`, denominator: `${denominator} ${index}` };
      return [`${name} ${index}`, of];
    }),
  );
  const estimates = bootstrapRatios(columns, Object.fromEntries(ratios));
  return rewrites.map((k, index) => {
    const own = ESTIMATES.map((name) => [name, estimates[`${name} ${index}`] ?? null] as const);
    const total = (name: 'corrected' | 'broken'): number =>
      rows.reduce((sum, row) => sum + row[index]![name], 0);
    const [corrected, broken] = [total('corrected'), total('broken')];
    return {
      rewrites: k,
      ...(Object.fromEntries(own) as Record<EstimateName, Estimate | null>),
      corrected,
      broken,
      netCorrections: corrected - broken,
    };
  });
}

function rowOf(samples: readonly Sample[], index: number, k: number, wanted: number): Row {
  const row: Row = { ...EMPTY_ROW };
  let any = false;
  for (const { correct, quality, chain } of samples) {
    const first = correct[0]!;
    const now = correct[index]!;
    any ||= now;
    row.answers += 1;
    row.right += Number(now);
    row.quality += quality[index]!;
    row.gain += Number(now) - Number(first);
    row.qualityGain += quality[index]! - quality[0]!;
    row.corrected += Number(!first && now);
    row.broken += Number(first && !now);
    row.kept += Number(first && now);
    row.rightFirst += Number(first);
    row.wrongFirst += Number(!first);
    for (let each = 1; chain && each <= k; each++) {
      const shown = chain[each - 1]!;
      row.rightEach += Number(shown);
      row.wrongEach += Number(!shown);
      row.keptEach += Number(shown && chain[each]!);
      row.fixedEach += Number(!shown && chain[each]!);
    }
  }
  // Fewer tries have fewer chances to pass.
  row.whole = Number(samples.length === wanted);
  row.passed = row.whole * Number(any);
  return row;
}

const EMPTY_ROW = {
  answers: 0,
  right: 0,
  quality: 0,
  gain: 0,
  qualityGain: 0,
  corrected: 0,
  broken: 0,
  kept: 0,
  rightFirst: 0,
  wrongFirst: 0,
  rightEach: 0,
  wrongEach: 0,
  keptEach: 0,
  fixedEach: 0,
  whole: 0,
  passed: 0,
};

type Row = Record<keyof typeof EMPTY_ROW, number>;
