import type { ExitVariant } from '@taskspace/core';
import type { Outcomes } from './outcomes.ts';
import {
  type Cells,
  type Compared,
  compare,
  type Measured,
  measure,
  type Quantity,
  share,
} from './statistics.ts';

/** What the policies of one variant did; `base` is the policy before training. */
export interface TableRow {
  readonly variant: ExitVariant | 'base';
  /** Null for `base`. */
  readonly learningRate: number | null;
  /** Sampled in training, mean over seeds. */
  readonly tokens: number;
  /** Share of right answers after so many rewrites, in the table's order of them. */
  readonly accuracy: readonly (Measured | null)[];
  /** Δ_K: accuracy after the most rewrites minus accuracy at first. */
  readonly gain: Measured | null;
  /** Of right answers shown, those that were right again after the rewrite. */
  readonly keep: Measured | null;
  /** Of wrong answers shown, those that were right after the rewrite. */
  readonly fix: Measured | null;
}

/** Two variants on the same tasks and seeds; positive where the first is better. */
export interface TablePair {
  readonly first: ExitVariant;
  readonly second: ExitVariant;
  /** After no rewrites, and after the most. */
  readonly accuracyAtFirst: Compared | null;
  readonly accuracy: Compared | null;
  readonly gain: Compared | null;
}

/** One domain's part of the table, or all domains'. */
export interface DomainTable {
  /** `all` stands for all of several domains together. */
  readonly domain: string;
  /** Tasks that every policy answered. */
  readonly tasks: number;
  readonly rows: readonly TableRow[];
  readonly pairs: readonly TablePair[];
}

/** What one variant's policies answered, by seed. */
export interface VariantOutcomes {
  readonly variant: ExitVariant | 'base';
  readonly learningRate: number | null;
  readonly tokens: number;
  readonly seeds: readonly Outcomes[];
}

/**
 * The paper's Table 1 of an ablation, for each domain and, of several, for all together.
 *
 * @param rewrites - Ascending from 0.
 */
export function ablationTables(
  variants: readonly VariantOutcomes[],
  rewrites: readonly number[],
): DomainTable[] {
  const tasks = commonTasks(variants);
  const domains = [...new Set(tasks.map((task) => task.slice(0, task.indexOf('/'))))].sort();
  const parts = domains.map((domain) =>
    domainTable(
      domain,
      variants,
      rewrites,
      tasks.filter((task) => task.startsWith(`${domain}/`)),
    ),
  );
  return domains.length > 1 ? [...parts, domainTable('all', variants, rewrites, tasks)] : parts;
}

function domainTable(
  domain: string,
  variants: readonly VariantOutcomes[],
  rewrites: readonly number[],
  tasks: readonly string[],
): DomainTable {
  const most = rewrites.at(-1)!;
  const right =
    (k: number): Quantity =>
    (sums) =>
      share(sums[`right${k}`], sums.answers);
  const gain: Quantity = (sums) =>
    share((sums[`right${most}`] ?? 0) - (sums.right0 ?? 0), sums.answers);
  const cellsOf = ({ seeds }: VariantOutcomes): Cells =>
    seeds.map((outcomes) => tasks.map((task) => outcomes.get(task)!));
  const rows = variants.map((one): TableRow => {
    const cells = cellsOf(one);
    return {
      variant: one.variant,
      learningRate: one.learningRate,
      tokens: one.tokens,
      accuracy: rewrites.map((k) => measure(cells, right(k))),
      gain: measure(cells, gain),
      keep: measure(cells, (sums) => share(sums.keptEach, sums.rightEach)),
      fix: measure(cells, (sums) => share(sums.fixedEach, sums.wrongEach)),
    };
  });
  const trained = variants.filter(({ variant }) => variant !== 'base');
  const pairs = trained.flatMap((second, index) =>
    trained.slice(index + 1).map((first): TablePair => {
      const [a, b] = [cellsOf(first), cellsOf(second)];
      return {
        first: first.variant as ExitVariant,
        second: second.variant as ExitVariant,
        accuracyAtFirst: compare(a, b, right(0)),
        accuracy: compare(a, b, right(most)),
        gain: compare(a, b, gain),
      };
    }),
  );
  return { domain, tasks: tasks.length, rows, pairs };
}

/** Tasks that every policy gave at least one judged answer to: only on those can policies be compared. */
function commonTasks(variants: readonly VariantOutcomes[]): string[] {
  const all = variants.flatMap(({ seeds }) => seeds);
  const [first, ...others] = all;
  return [...(first?.keys() ?? [])].filter((task) =>
    [first!, ...others].every((outcomes) => (outcomes.get(task)?.answers ?? 0) > 0),
  );
}
