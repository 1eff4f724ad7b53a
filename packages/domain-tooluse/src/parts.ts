import {
  createRandom,
  type Demonstration,
  type DomainParts,
  type Services,
  type Split,
  shuffle,
  type Task,
  type TaskSource,
} from '@taskspace/core';
import { createVerifier } from './checkers/judge.ts';
import { createBfclDataset } from './data/dataset.ts';
import { createBfclSource } from './data/source.ts';
import { createEnvironment } from './episode/environment.ts';
import { fullPrompt, shortPrompt } from './episode/prompt.ts';
import { createWorldSource } from './episode/world-source.ts';
import { type LintedTask, lintTasks } from './lint.ts';
import type { ToolUseOptions } from './options.ts';
import type { ToolPayload } from './payload.ts';
import { PROTOCOLS } from './protocol/protocols.ts';
import { demonstrateStarter, demonstrateTask, type Stage } from './starter/demonstrate.ts';
import { pocketPrompts } from './starter/prompts.ts';
import { createStarter } from './starter/source.ts';
import type { ToolDefinition } from './tool.ts';
import { toolsOf } from './tools/tools.ts';

/** How many generated tasks of each split lint looks at. */
const LINTED = 200;

/** Everything the domain gives for its options. */
export async function createParts(
  options: ToolUseOptions,
  services: Services,
): Promise<DomainParts> {
  const { bfcl: folder, profile } = options;
  const protocol = PROTOCOLS[options.protocol];
  const bfcl = folder === undefined ? undefined : await createBfclSource(folder, options);
  const isPocket = bfcl === undefined && options.subset === 'pocket';
  const source = createWorldSource();
  const classTools = bfcl?.toolsOf ?? ((classes) => toolsOf(classes, profile));
  const environment = createEnvironment({
    source,
    protocol,
    toolsOf: (payload) => offered(payload, classTools),
    systemPrompt: (tools, { tools: few }) =>
      few === undefined ? fullPrompt(protocol, tools) : shortPrompt(tools),
    afterFailure: options.afterFailure,
    maxArgumentChars: options.maxArgumentChars,
    maxResultChars: options.maxResultChars,
  });
  const prompts = isPocket ? pocketPrompts : {};
  const stage: Stage = {
    environment,
    protocol,
    prompts,
    context: {
      seed: 0,
      signal: new AbortController().signal,
      limits: { maxTurns: Infinity, timeoutMs: Infinity },
      services,
    },
  };
  const tasks = bfcl?.tasks ?? createStarter(options);
  return {
    tasks,
    environment,
    verifier: createVerifier(source, options),
    demonstrations: (split, seed) =>
      bfcl === undefined
        ? demonstrateStarter(stage, { ...options, ...options.demonstrations }, split, seed)
        : demonstrateAll(stage, options, bfcl.tasks(split), seed),
    ...(isPocket && { iteration: pocketPrompts }),
    iterationReward: { improve: 'quality', diverge: 'quality' },
    embeddingText: (response) =>
      protocol
        .parse(response)
        .attempts.map(({ raw }) => raw)
        .join('\n') || response,
    lint: (signal) => lintTasks(bfcl?.all ?? starterSample(tasks), source, classTools, signal),
    datasets: { bfcl: createBfclDataset() },
  };
}

function offered(
  { world, tools }: ToolPayload,
  classTools: (classes: readonly string[]) => readonly ToolDefinition[],
): readonly ToolDefinition[] {
  const all = classTools(world.classes);
  return tools === undefined ? all : all.filter(({ name }) => tools.includes(name));
}

/** The solutions of all tasks of a split, in a random order. */
async function* demonstrateAll(
  stage: Stage,
  { demonstrations }: ToolUseOptions,
  tasks: TaskSource,
  seed: number,
): AsyncGenerator<Demonstration> {
  const random = createRandom(seed).fork('bfcl-demonstrations');
  const order = shuffle(
    random,
    Array.from({ length: tasks.size }, (_, index) => index),
  );
  for (const index of order) {
    const task = await tasks.at(index);
    yield* demonstrateTask(stage, task, demonstrations, random.fork(index));
  }
}

function* starterSample(tasks: (split: Split) => TaskSource): Generator<LintedTask> {
  for (const split of ['train', 'validation', 'test'] as const) {
    const source = tasks(split);
    for (let index = 0; index < Math.min(LINTED, source.size); index++) {
      yield { task: source.at(index) as Task, defect: undefined };
    }
  }
}
