import type { FailureKind, SettledGroup } from '../group.ts';
import type { Turn } from '../history.ts';
import type { Instance } from '../instance.ts';
import type { Task } from '../task.ts';

/** One rollout of a group made by hand. */
export interface HandRollout {
  readonly quality: number;
  readonly turns?: number;
  readonly iterate?: number;
  readonly truncated?: boolean;
  readonly embedding?: readonly number[];
}

/** A base instance of a task. */
export function baseInstance(task: Task): Instance {
  return { task, mode: 'base', start: null, depth: 0 };
}

/**
 * A settled group made by hand.
 *
 * @param name - `<iteration>/<group>`.
 */
export function settledGroup(
  name: string,
  instance: Instance,
  rollouts: readonly HandRollout[],
  failures: readonly FailureKind[] = [],
): SettledGroup {
  return {
    instance,
    rollouts: rollouts.map((rollout, index) => {
      const { quality, turns = 1, iterate = 0, truncated = false, embedding } = rollout;
      const turn: Turn = { request: [{ role: 'user', content: 'Go.' }], response: 'x', iterate };
      const history = {
        task: instance.task,
        seed: 0,
        turns: new Array<Turn>(turns).fill(turn),
        ending: truncated ? ('truncated' as const) : ('done' as const),
        closing: [],
      };
      return {
        id: `${name}/${index}`,
        history,
        verdict: { quality, correct: quality === 1 },
        sequences: [],
        truncated,
        policyVersion: 0,
        reward: quality,
        advantage: 0,
        trained: true,
        ...(embedding !== undefined && { embedding: Float32Array.from(embedding) }),
      };
    }),
    failures: failures.map((kind) => ({ kind, message: kind })),
  };
}
