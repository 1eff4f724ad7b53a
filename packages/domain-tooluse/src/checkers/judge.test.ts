import { expect, test } from 'vitest';
import { createWorldSource } from '../episode/world-source.ts';
import type { ToolPayload } from '../payload.ts';
import { judgeEpisode } from './judge.ts';
import { sameStateText } from './state-text.ts';

const fill = (amount: string) => ({
  name: 'fillFuelTank',
  arguments: `{"fuelAmount": ${amount}}`,
});

const payload: ToolPayload = {
  world: {
    profile: 'v3',
    classes: ['VehicleControlAPI'],
    config: '{"VehicleControlAPI": {"fuelLevel": 10}}',
    longContext: false,
  },
  requests: [{ text: 'Add 5 gallons.', gold: [fill('5')] }],
  budget: 10,
};

function judge(calls: readonly ReturnType<typeof fill>[], checker: 'exit' | 'bfcl', responses = 2) {
  const made = calls.map((call) => ({ ...call, outcome: 'ok' as const }));
  const request = { calls: made, responses, readable: made.length, unreadable: 0 };
  return judgeEpisode(
    payload,
    { requests: [request], ending: 'finished' },
    createWorldSource(),
    { checker, strict: false },
    new AbortController().signal,
  );
}

test('numbers are compared by value in calls and state, by text in results', async () => {
  expect((await judge([fill('5.0')], 'exit')).correct).toBe(true);
  const official = await judge([fill('5.0')], 'bfcl');
  const failed = official.checks.filter(({ passed }) => !passed).map(({ name }) => name);
  expect(failed).toEqual(['responses']);
});

test('sub-scores tell how near an episode came', async () => {
  expect((await judge([], 'exit')).scores).toEqual({
    stateDistance: 1,
    callRecall: 0,
    callPrecision: 1,
    extraCalls: 0,
  });
  expect((await judge([fill('5'), fill('1')], 'exit')).scores).toEqual({
    stateDistance: 1,
    callRecall: 1,
    callPrecision: 0.5,
    extraCalls: 1,
  });
});

test('a call that fails does not count as made', async () => {
  const { correct, checks } = await judge([fill('900')], 'exit');
  expect(correct).toBe(false);
  expect(checks.find(({ name }) => name === 'calls')!.detail).toBe(
    '0 of 1 needed calls among 0 successful ones',
  );
});

test('the official checker allows 20 responses for a request', async () => {
  expect((await judge([fill('5')], 'bfcl', 20)).correct).toBe(true);
  expect((await judge([fill('5')], 'bfcl', 21)).correct).toBe(false);
});

test('states ignore private parts and the order of dicts, not of lists', () => {
  const state = (body: string, hidden = '1') =>
    `{"A": {"public": ${body}, "private": {"x": ${hidden}}}}`;
  expect(sameStateText(state('{"a": 1, "b": 2}'), state('{"b": 2.0, "a": true}', '2'))).toBe(true);
  expect(
    sameStateText(state('{"$dict": [[1, 2], [3, 4]]}'), state('{"$dict": [[3, 4], [1, 2]]}')),
  ).toBe(true);
  expect(sameStateText(state('{"$dict": [[1, 2]]}'), state('{"1": 2}'))).toBe(false);
  expect(sameStateText(state('[1, 2]'), state('[2, 1]'))).toBe(false);
  expect(sameStateText(state('{}'), state('[]'))).toBe(false);
});
