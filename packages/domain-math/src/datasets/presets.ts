import type { Split } from '@taskspace/core';
import type { ProblemOptions } from './problems.ts';

/** A published data set: where it is, and how to read it. */
export interface Preset extends ProblemOptions {
  /** Hub id, `owner/name`. */
  readonly hub: string;
  /** Files of each split inside the data set's repository. */
  readonly files: Readonly<Partial<Record<Split, readonly string[]>>>;
}

const range = (count: number, name: (index: string) => string) =>
  Array.from({ length: count }, (_, index) => name(`${index}`.padStart(5, '0')));

/** A year of AMC 12 problems, told by the address of its page. */
const amc12 = (year: string): Preset => ({
  hub: 'AI-MO/aimo-validation-amc',
  files: { test: ['data/train-00000-of-00001.parquet'] },
  where: { column: 'url', includes: `${year}_AMC_12` },
});

/** Data sets that can be named as a source. */
export const PRESETS = {
  gsm8k: {
    hub: 'openai/gsm8k',
    files: {
      train: ['main/train-00000-of-00001.parquet'],
      test: ['main/test-00000-of-00001.parquet'],
    },
  },
  deepscaler: {
    hub: 'agentica-org/DeepScaleR-Preview-Dataset',
    files: { train: ['deepscaler.json'] },
    // A few rows have no answer.
    unusable: 'skip',
  },
  numinamath: {
    hub: 'AI-MO/NuminaMath-CoT',
    files: {
      train: range(5, (index) => `data/train-${index}-of-00005.parquet`),
      test: ['data/test-00000-of-00001.parquet'],
    },
    // Proofs have no answer in a box.
    unusable: 'skip',
  },
  math500: { hub: 'HuggingFaceH4/MATH-500', files: { test: ['test.jsonl'] } },
  'amc12-2022': amc12('2022'),
  'amc12-2023': amc12('2023'),
  aime24: {
    hub: 'HuggingFaceH4/aime_2024',
    files: { test: ['data/train-00000-of-00001.parquet'] },
  },
  aime25: {
    hub: 'opencompass/AIME2025',
    files: { test: ['aime2025-I.jsonl', 'aime2025-II.jsonl'] },
  },
  minerva: { hub: 'math-ai/minervamath', files: { test: ['test.jsonl'] } },
  olympiadbench: {
    hub: 'Hothan/OlympiadBench',
    files: { test: ['OlympiadBench/OE_TO_maths_en_COMP/OE_TO_maths_en_COMP.parquet'] },
  },
} as const satisfies Record<string, Preset>;

/** Name of a {@link PRESETS} entry. */
export type PresetName = keyof typeof PRESETS;

/** The training pool and the seven test sets of the ExIt paper's math experiments (arXiv 2509.04575). */
export const PAPER = {
  train: ['deepscaler'],
  test: ['math500', 'amc12-2022', 'amc12-2023', 'aime24', 'aime25', 'minerva', 'olympiadbench'],
} as const satisfies Partial<Record<Split, readonly PresetName[]>>;

/** How many training problems the paper draws from the pool. */
export const PAPER_TRAIN_SIZE = 1280;
