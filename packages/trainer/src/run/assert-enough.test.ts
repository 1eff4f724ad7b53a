import type { FailureKind, Group } from '@taskspace/core';
import { expect, test } from 'vitest';
import { group, rollout } from '../objective/__fixtures__/settled.ts';
import { assertEnough } from './assert-enough.ts';

/** A group of a domain with so many judged rollouts and these failures. */
function groupOf(domain: string, judged: number, ...kinds: readonly FailureKind[]): Group {
  const rollouts = Array.from({ length: judged }, () => rollout([]));
  const failures = kinds.map((kind) => ({ kind, message: `${kind} said` }));
  return { ...group(rollouts, domain), failures };
}

const half = () => 0.5;

test('failures up to the share that is allowed stop nothing', () => {
  expect(() => assertEnough([groupOf('a', 2, 'timeout', 'sandbox')], 0, half)).not.toThrow();
});

test('a domain that fails is named, though the others make up for it', () => {
  const groups = [groupOf('a', 8), groupOf('a', 8), groupOf('b', 1, 'sandbox', 'sandbox')];
  expect(() => assertEnough(groups, 3, half)).toThrow(
    /iteration 3, domain b: expected at most 50 % of 3 rollouts .*, 2 did.*2 × sandbox in b: See what `taskspace doctor`.*sandbox said/s,
  );
});

test("a domain's own share goes for it alone, the run's for all", () => {
  const groups = [groupOf('a', 8), groupOf('b', 1, 'timeout', 'timeout')];
  const generous = (domain: string | null) => (domain === 'b' ? 1 : 0.5);
  expect(() => assertEnough(groups, 0, generous)).not.toThrow();
  const strict = (domain: string | null) => (domain === null ? 0.1 : 1);
  expect(() => assertEnough(groups, 0, strict)).toThrow(/iteration 0: expected at most 10 %/);
});

test('the most frequent causes come first, at most three', () => {
  const kinds = ['replay', 'timeout', 'timeout', 'verifier', 'environment', 'environment'] as const;
  const groups = [groupOf('a', 0, ...kinds, 'environment')];
  const stop = () => assertEnough(groups, 0, half);
  expect(stop).toThrow(/3 × environment in a.*2 × timeout in a.*1 × replay in a/s);
  expect(stop).not.toThrow(/verifier in a/);
});

test('a rewrite that has outgrown the context is no failure of its domain, a first prompt is', () => {
  const outgrown = groupOf('a', 0, 'prompt-too-long', 'prompt-too-long');
  const start = { seed: 0, turns: [], quality: 0, origin: '0/0/0' };
  const rewrite = { ...outgrown, instance: { ...outgrown.instance, start } };
  expect(() => assertEnough([rewrite, groupOf('a', 1)], 0, half)).not.toThrow();
  expect(() => assertEnough([outgrown, groupOf('a', 1)], 0, half)).toThrow(/2 × prompt-too-long/);
});
