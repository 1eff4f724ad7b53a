import { type Json, pick, type RandomStream, sample } from '@taskspace/core';
import { openWorld } from '../episode/world-source.ts';
import type { GoldCall, RequestSpec, WorldSpec } from '../payload.ts';
import type { World } from '../worlds/create-world.ts';
import { fileSystemScene } from './file-system.ts';
import { mathScene } from './math.ts';
import { messageScene } from './message.ts';
import { postingScene } from './posting.ts';
import { ticketScene } from './ticket.ts';
import { tradingScene } from './trading.ts';
import { travelScene } from './travel.ts';
import { vehicleScene } from './vehicle.ts';
import { type Data, type Scene, type Step, StepFailed, type Walk } from './walk.ts';

/** How hard a generated task is. */
export type Level = 1 | 2 | 3 | 4 | 5;

/** All levels, easiest first. */
export const LEVELS: readonly Level[] = [1, 2, 3, 4, 5];

/** A generated task: solvable, because its own calls were made while it was written. */
export interface GeneratedTask {
  readonly world: WorldSpec;
  readonly requests: readonly RequestSpec[];
  readonly level: Level;
}

/** One world of each class. */
export const SCENES: readonly Scene[] = [
  fileSystemScene,
  mathScene,
  messageScene,
  postingScene,
  ticketScene,
  tradingScene,
  travelScene,
  vehicleScene,
];

const SHAPES: Readonly<Record<Level, { readonly worlds: number; readonly requests: number }>> = {
  1: { worlds: 1, requests: 1 },
  2: { worlds: 1, requests: 2 },
  3: { worlds: 1, requests: 3 },
  4: { worlds: 2, requests: 4 },
  5: { worlds: 2, requests: 6 },
};

/** Steps that do not fit the state are drawn again so many times before the task is given up. */
const MOST_TRIES = 60;

/**
 * Draws a task by walking a new world: each request is a step that fits the state the world is in, and its calls are made
 * at once. Null when the walk finds no further step.
 *
 * @param accept - Looks at the config before anything is played; empty where the config says nothing.
 */
export function generateTask(
  level: Level,
  random: RandomStream,
  accept: (config: string) => boolean = () => true,
): GeneratedTask | null {
  const { worlds, requests: wanted } = SHAPES[level];
  const scenes = sample(random, worlds, SCENES);
  const world: WorldSpec = {
    profile: 'v3',
    classes: scenes.map((scene) => scene.class),
    config: JSON.stringify(
      Object.fromEntries(scenes.map((scene) => [scene.class, scene.config(random)])),
    ),
    longContext: false,
  };
  if (!accept(world.classes.join() === mathScene.class ? '' : world.config)) return null;
  let live = openWorld(world);
  const requests: RequestSpec[] = [];
  let last: Step | undefined;
  for (let attempt = 0; attempt < MOST_TRIES && requests.length < wanted; attempt++) {
    const step = pick(random, pick(random, scenes).steps);
    if (step === last) continue;
    const next = live.fork();
    const request = takeStep(step, next, random);
    if (request === null) continue;
    requests.push(request);
    last = step;
    live = next;
  }
  return requests.length === wanted ? { world, requests, level } : null;
}

/** One request and its calls; null when the step does not fit. The world is changed only by a copy's calls. */
export function takeStep(step: Step, world: World, random: RandomStream): RequestSpec | null {
  const gold: GoldCall[] = [];
  const walk: Walk = {
    random,
    state: (name) => part(world, name, 'public'),
    hidden: (name) => part(world, name, 'private'),
    call(name, args = {}) {
      const text = JSON.stringify(args);
      const { result, outcome } = world.call(name, text);
      if (outcome !== 'ok' || /["'](?:error|[a-z]+_failure)["']:/u.test(result)) {
        throw new StepFailed(result);
      }
      gold.push({ name, arguments: text });
      return parse(result);
    },
  };
  try {
    const text = step(walk);
    return text === null || gold.length === 0 ? null : { text, gold };
  } catch (error) {
    if (error instanceof StepFailed) return null;
    throw error;
  }
}

function part(world: World, name: string, kind: 'public' | 'private'): Data {
  const state = JSON.parse(world.stateText()) as Readonly<Record<string, Record<string, Data>>>;
  return state[name]?.[kind] ?? {};
}

function parse(result: string): Json {
  try {
    return JSON.parse(result) as Json;
  } catch {
    return result; // Python's own notation, or no data at all.
  }
}
