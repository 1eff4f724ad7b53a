import type { Split, Task, TaskSource } from '@taskspace/core';
import type { CompetitionManifest } from '../competitions/manifest.ts';
import type { PreparedCompetition } from '../starter/prepare.ts';
import { readShippedText } from '../starter/tables.ts';
import { type Measured, readMeasured } from './measured.ts';
import { pocketPrompt } from './prompt.ts';
import { drawVariant, type Variant, variantFiles } from './variant.ts';

/** A pocket competition with what was measured on it. */
export interface PocketCompetition {
  readonly variant: Variant;
  readonly measured: Measured;
  readonly prompt: string;
}

/** The pocket competitions; those asked for are made when they are asked for. */
export class PocketCompetitions {
  readonly #measured: Readonly<Record<Split, readonly Measured[]>>;
  readonly #made = new Map<string, Promise<PocketCompetition>>();

  constructor(measured: Readonly<Record<Split, readonly Measured[]>>) {
    this.#measured = measured;
  }

  static async open(): Promise<PocketCompetitions> {
    return new PocketCompetitions(await readMeasured());
  }

  size(split: Split): number {
    return this.#measured[split].length;
  }

  /** The competition at a position of a split. */
  at(split: Split, place: number): Promise<PocketCompetition> {
    const measured = this.#measured[split][place]!;
    const key = `${split} ${measured.index}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      made = make(split, measured);
      this.#made.set(key, made);
    }
    return made;
  }

  /** The competition of a task id; undefined when the id is none of a pocket competition's. */
  byTaskId(id: string): Promise<PocketCompetition> | undefined {
    const [, split, index] = /^pocket-(train|validation|test)-(\d+)-/u.exec(id) ?? [];
    if (split === undefined) return undefined;
    const place = this.#measured[split as Split].findIndex((each) => each.index === Number(index));
    return place < 0 ? undefined : this.at(split as Split, place);
  }

  /** @param limit - Most tasks. */
  tasks(split: Split, limit = Number.POSITIVE_INFINITY): TaskSource {
    return {
      split,
      size: Math.min(limit, this.size(split)),
      at: async (index) => pocketTask(await this.at(split, index)),
    };
  }
}

/** Files and manifest of a pocket competition. */
export async function preparePocket(competition: PocketCompetition): Promise<PreparedCompetition> {
  const { variant, measured, prompt } = competition;
  const manifest: CompetitionManifest = {
    id: variant.id,
    title: variant.id,
    description: prompt,
    metric: variant.kind === 'number' ? 'rmse' : variant.kind === 'two' ? 'auc' : 'accuracy',
    worst: measured.worst,
    best: measured.best,
    idColumn: 'id',
    targets: ['y'],
  };
  const kit = await readShippedText('kit.py');
  return { manifest, files: { ...variantFiles(variant), 'public/kit.py': kit } };
}

function pocketTask({ variant, measured, prompt }: PocketCompetition): Task {
  return {
    id: variant.id,
    domain: 'mle',
    instruction: prompt,
    payload: { competition: variant.id },
    category: variant.kind,
    measures: {
      columns: variant.columns.length,
      rows: variant.train.length,
      // How far a program drawn from the grid at random comes, in percent.
      meanPercent: Math.round(
        measured.percents.reduce((sum, percent) => sum + Math.max(0, percent), 0) /
          measured.percents.length,
      ),
    },
  };
}

async function make(split: Split, measured: Measured): Promise<PocketCompetition> {
  const variant = await drawVariant(split, measured.index);
  return { variant, measured, prompt: pocketPrompt(variant) };
}
