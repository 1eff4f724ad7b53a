import type { Clock } from '@taskspace/core';
import type { WorldSpec } from '../payload.ts';
import { createWorld, type World } from '../worlds/create-world.ts';
import type { SessionSource, ToolSession } from './session.ts';

/** Sessions of the built-in worlds, each new and its own. */
export function createWorldSource(clock?: Clock): SessionSource {
  return { replayable: true, open: ({ world }) => worldSession(openWorld(world, clock)) };
}

/** The world a task starts in. */
export function openWorld(
  { profile, classes, config, longContext }: WorldSpec,
  clock?: Clock,
): World {
  return createWorld({ profile, classes, config, longContext, ...(clock && { clock }) });
}

/** A world as a session; arguments go in and state comes out as text, so that `1` and `1.0` stay different. */
export function worldSession(world: World): ToolSession {
  return {
    call: (call) => world.call(call.name, call.arguments),
    state: () => world.stateText(),
  };
}
