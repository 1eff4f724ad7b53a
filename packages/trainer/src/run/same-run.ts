import { isDeepStrictEqual } from 'node:util';
import { ConfigError, type ConfigProblem, showValue } from '@taskspace/core';

/** What may differ when a run goes on: none of it changes what an iteration computes. */
const CHANGEABLE = [
  'iterations',
  'budget',
  'ablate',
  'evaluation',
  'heldOut',
  'checkpoint',
  'log',
  'memory',
  'device',
  'threads',
  'out',
];

/**
 * A run goes on with the config it was started with, or it would be another run.
 *
 * @param saved - The resolved config in the run's folder.
 * @param config - The resolved config to go on with.
 * @param source - The saved config's file, for messages.
 * @throws {@link ConfigError} with every setting that differs and must not.
 */
export function assertSameRun(saved: unknown, config: object, source: string): void {
  const before = Object(saved) as Record<string, unknown>;
  const now = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  const problems = [...names]
    .filter((name) => !CHANGEABLE.includes(name) && !isDeepStrictEqual(before[name], now[name]))
    .map(
      (name): ConfigProblem => ({
        path: name,
        expected: `${showValue(before[name], 200)}, as when the run was started`,
        got: showValue(now[name], 200),
        suggestion: 'Leave it as it was, or start a new run.',
      }),
    );
  if (problems.length > 0) throw new ConfigError(problems, source);
}
