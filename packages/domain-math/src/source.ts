import { ConfigError, type Split, type TaskSource } from '@taskspace/core';
import { createDataset, type NamedDataset } from './datasets/dataset.ts';
import {
  PAPER,
  PAPER_TRAIN_SIZE,
  PRESETS,
  type Preset,
  type PresetName,
} from './datasets/presets.ts';
import type { DataOptions, MathOptions } from './options.ts';
import type { DemonstrationMixture, TaskDemonstration } from './starter/demonstration.ts';
import { FAMILIES } from './starter/families.ts';
import type { Family } from './starter/family.ts';
import { createStarter } from './starter/source.ts';

/** Tasks and demonstrations of whatever the options name. */
export interface ProblemSource {
  tasks(split: Split): TaskSource | Promise<TaskSource>;
  demonstrations(
    split: Split,
    seed: number,
    mixture: DemonstrationMixture,
  ): AsyncIterable<TaskDemonstration> | Iterable<TaskDemonstration>;
  /** True when all problems are of the pocket families. */
  readonly pocket: boolean;
}

/**
 * The source that options name.
 *
 * @throws {@link ConfigError} when they contradict each other.
 */
export function createSource(options: MathOptions): ProblemSource {
  const { source, levels, seed, limit, data } = options;
  if (source === 'starter') {
    const families = chooseFamilies(options);
    return {
      ...createStarter({ families, levels, seed, ...(limit === undefined ? {} : { limit }) }),
      pocket: families.every(({ pocket }) => pocket === true),
    };
  }
  const limits = limit === undefined ? {} : { train: limit, validation: limit, test: limit };
  const isPaper = source === 'paper';
  const dataset = createDataset({
    sets: isPaper ? paperSets(data) : [namedSet(source, data)],
    seed,
    limit: isPaper ? { ...limits, train: Math.min(limit ?? Infinity, PAPER_TRAIN_SIZE) } : limits,
  });
  return { ...dataset, pocket: false };
}

function chooseFamilies({ subset, families }: MathOptions): readonly Family[] {
  const offered = FAMILIES.filter((family) => subset === 'all' || family.pocket === true);
  if (families.length === 0) return offered;
  const outside = families.filter((name) => !offered.some((family) => family.name === name));
  if (outside.length > 0) {
    throw new ConfigError(
      outside.map((name) => ({
        path: `families[${families.indexOf(name)}]`,
        expected: `a family of the subset "${subset}" (${offered.map((family) => family.name).join(', ')})`,
        got: `"${name}"`,
        suggestion: 'Set subset: all, or leave the family out.',
      })),
      'options of domain math',
    );
  }
  return offered.filter((family) => families.includes(family.name));
}

function namedSet(source: 'files' | 'hub' | PresetName, data: DataOptions): NamedDataset {
  const { paths: _paths, ...given } = data;
  const needed = source === 'files' ? 'path' : source === 'hub' ? 'hub' : undefined;
  if (needed !== undefined && given[needed] === undefined) {
    throw new ConfigError(
      [
        {
          path: `data.${needed}`,
          expected: needed === 'path' ? 'a file or folder' : 'a data set such as owner/name',
          got: 'nothing',
          suggestion: `Source "${source}" needs it.`,
        },
      ],
      'options of domain math',
    );
  }
  if (source === 'files' || source === 'hub') return { ...given, name: source };
  return { ...preset(source), ...given, name: source };
}

function paperSets({ paths = {}, cache }: DataOptions): readonly NamedDataset[] {
  return [...PAPER.train, ...PAPER.test].map((name) => ({
    ...preset(name),
    ...(paths[name] === undefined ? {} : { path: paths[name] }),
    ...(cache === undefined ? {} : { cache }),
    name,
  }));
}

function preset(name: PresetName): Preset {
  return PRESETS[name];
}
