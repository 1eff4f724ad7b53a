import type { Variant } from './variant.ts';

/** A short program over the kit, in its parts. */
export interface PocketProgram {
  /** Columns to load; empty for all. */
  readonly columns: readonly string[];
  /** Preparations in order. */
  readonly steps: readonly string[];
  /** Model with its setting, for example `near(7)`. */
  readonly model: string;
}

/** The program as text. */
export function programText({ columns, steps, model }: PocketProgram): string {
  return [
    'from kit import *',
    `x = load(${columns.join(', ')})`,
    ...steps.map((step) => `x = ${step}(x)`),
    `m = ${model}`,
    'save(m, x)',
  ].join('\n');
}

/** Below this strength a column counts as noise when columns are chosen. */
const WEAK = 25;
const TREES = ['tree(2)', 'tree(4)', 'forest(30)', 'boost(20)', 'boost(60)'];
const SMOOTH = ['linear(1)', 'linear(30)', 'near(3)', 'near(9)', 'near(25)', 'bayes()'];

/**
 * The programs that are tried on every variation, in a fixed order: all columns or the strong ones, six ways to prepare
 * them, and every model; bayes is left out where the target is a number, because it cannot run.
 */
export function programGrid(variant: Pick<Variant, 'columns' | 'kind'>): readonly PocketProgram[] {
  const strong = variant.columns.filter(({ strength }) => strength >= WEAK);
  const choices =
    strong.length === 0 || strong.length === variant.columns.length
      ? [[]]
      : [[], strong.map(({ name }) => name)];
  const models = (names: readonly string[], preparations: readonly (readonly string[])[]) =>
    preparations.flatMap((steps) => names.map((model) => ({ steps, model })));
  const smooth = SMOOTH.filter((model) => variant.kind !== 'number' || model !== 'bayes()');
  return choices.flatMap((columns) =>
    [
      ...models(TREES, [[], ['pairs']]),
      ...models(smooth, [
        [],
        ['scale'],
        ['log'],
        ['log', 'scale'],
        ['scale', 'pairs'],
        ['log', 'scale', 'pairs'],
      ]),
    ].map(({ steps, model }) => ({
      columns,
      steps: hasGaps(variant, columns) ? ['fill', ...steps] : steps,
      model,
    })),
  );
}

/** Whether the columns a program loads have gaps, so that it must fill them. */
export function hasGaps(variant: Pick<Variant, 'columns'>, loaded: readonly string[]): boolean {
  return variant.columns.some(
    ({ name, gaps }) => gaps && (loaded.length === 0 || loaded.includes(name)),
  );
}
