import { ConfigError, type Split, type Task, type TaskSource } from '@taskspace/core';
import type { ToolUseOptions } from '../options.ts';
import { toolTask } from '../payload.ts';
import type { ToolDefinition } from '../tool.ts';
import { type BfclData, type BfclTask, loadBfcl } from './bfcl.ts';
import { knownDefect } from './defects.ts';
import { splitBfcl } from './split.ts';

/** The paper's budgets: responses for the first request in training, and for all requests in a test. */
const BUDGETS = { first: 10, all: 60 } as const;

/** Tasks and tools of the benchmark. */
export interface BfclSource {
  tasks(split: Split): TaskSource;
  toolsOf(classes: readonly string[]): readonly ToolDefinition[];
  /** Every task, all requests each, for lint. */
  readonly all: readonly { readonly task: Task; readonly defect: string | undefined }[];
}

/**
 * Reads the benchmark and splits it: half to train on, half to test on.
 *
 * @throws {@link ConfigError} when the variant does not exist in the profile.
 */
export async function createBfclSource(
  folder: string,
  options: Pick<
    ToolUseOptions,
    'profile' | 'variant' | 'seed' | 'trainRequests' | 'validationTasks' | 'trainOnDefective'
  >,
): Promise<BfclSource> {
  const { profile, variant } = options;
  if (profile === 'v4' && variant !== 'base') {
    throw new ConfigError(
      [
        {
          path: 'variant',
          expected: '"base" with profile "v4"',
          got: `"${variant}"`,
          suggestion: 'The other variants are there in v3 alone.',
        },
      ],
      'options of domain tooluse',
    );
  }
  const data = await loadBfcl({ folder, profile, variant });
  const splits = taskSplits(await baseOf(data, folder, options), data, options);
  return {
    tasks(split) {
      const tasks = splits[split];
      return { split, size: tasks.length, at: (index) => tasks[index]! };
    },
    toolsOf: (classes) =>
      classes.flatMap((name) =>
        data.tools.filter((tool) => tool.class === name).map(({ class: _class, ...tool }) => tool),
      ),
    all: data.tasks.map((task) => ({
      task: bfclTask(task, 'all', options),
      defect: knownDefect(task.number, profile),
    })),
  };
}

type Options = Parameters<typeof createBfclSource>[1];

/** The tasks the split is drawn from: the same for all variants, so that no number is trained on in one and tested in another. */
async function baseOf(data: BfclData, folder: string, { profile, variant }: Options) {
  return variant === 'base' ? data : loadBfcl({ folder, profile, variant: 'base' });
}

function taskSplits(base: BfclData, { tasks }: BfclData, options: Options) {
  const held = new Set(splitBfcl(base.tasks, options.seed).test.map(({ number }) => number));
  const train = tasks
    .filter(({ number }) => !held.has(number))
    .filter(
      ({ number }) =>
        options.trainOnDefective || knownDefect(number, options.profile) === undefined,
    )
    // Nothing to do in the only request: any ending would count as solved.
    .filter(({ requests }) => options.trainRequests === 'all' || requests[0]!.gold.length > 0);
  const count = Math.max(1, train.length - options.validationTasks);
  return {
    train: train.slice(0, count).map((task) => bfclTask(task, options.trainRequests, options)),
    validation: train.slice(count).map((task) => bfclTask(task, 'all', options)),
    test: tasks
      .filter(({ number }) => held.has(number))
      .map((task) => bfclTask(task, 'all', options)),
  };
}

function bfclTask(
  { id, classes, config, requests }: BfclTask,
  asked: 'first' | 'all',
  { profile, variant }: Options,
): Task {
  const longContext = variant === 'long_context';
  return toolTask(
    {
      world: { profile, classes, config, longContext },
      requests: asked === 'first' ? requests.slice(0, 1) : requests,
      budget: BUDGETS[asked],
    },
    { id: asked === 'first' ? `${id}/first` : id, category: classes.join('+') },
  );
}
