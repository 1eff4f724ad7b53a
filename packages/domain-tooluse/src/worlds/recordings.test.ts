import { describe, expect, test } from 'vitest';
import { lines, present, replay, run } from './__fixtures__/recordings.ts';
import { createWorld, type WorldProfile } from './create-world.ts';

const REPLAYS: readonly (readonly [string, WorldProfile, string | undefined])[] = [
  ['replay-dev.jsonl', 'v3', 'multi_turn_base.jsonl'],
  ['fuzz-dev.jsonl', 'v3', undefined],
  ['variants/long-context-replay-dev.jsonl', 'v3', 'variants/multi_turn_long_context.jsonl'],
  ['v4/replay-dev.jsonl', 'v4', 'v4/multi_turn_base.jsonl'],
  ['v4/fuzz-dev.jsonl', 'v4', undefined],
];

describe.each(REPLAYS)('%s', (file, profile, tasks) => {
  const there = present(file) && (tasks === undefined || present(tasks));
  test.skipIf(!there)(
    'every call gives the recorded result, every turn the recorded state',
    () => {
      const { differences, calls, right, states, rightStates } = replay(file, profile, tasks);
      expect(differences.slice(0, 3)).toEqual([]);
      expect({ ...right, states: rightStates }).toEqual({ ...calls, states });
    },
    60_000,
  );
});

describe.each([
  ['tables.jsonl', 'v3'],
  ['v4/tables.jsonl', 'v4'],
] as const)('%s', (file, profile) => {
  test.skipIf(!present(file))(
    'every look-up on a fresh instance gives the recorded result',
    () => {
      const wrong = lines(file).filter((look) => {
        const world = createWorld({ profile, classes: [look.item('class') as string], config: {} });
        const { result, outcome } = run(world, look);
        return result !== look.item('result') || outcome !== look.item('outcome');
      });
      expect(wrong.map((look) => look.item('result'))).toEqual([]);
    },
    60_000,
  );
});
