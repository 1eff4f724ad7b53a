import { describe, expect, test } from 'vitest';
import {
  assertOpening,
  assertResult,
  assertTask,
  assertTurnOutcome,
  assertVerdict,
} from './assert-contract.ts';
import { DomainError } from './errors.ts';
import { createAjv } from './json-schema.ts';
import {
  historySchema,
  instanceSchema,
  messageSchema,
  partialHistorySchema,
  taskSchema,
  turnOutcomeSchema,
  turnSchema,
  verdictSchema,
} from './schemas.ts';

const message = { role: 'user', content: 'What is 1 + 1?' };
const task = { id: 't1', domain: 'toy', instruction: 'Add.', payload: { gold: [2, null] } };
const turn = { request: [message], response: '2', iterate: 0 };
const history = { task, seed: 7, turns: [turn], ending: 'done', closing: [] };
const start = { seed: 7, turns: [turn], quality: 0.5, origin: '1/2/3' };

describe('schemas', () => {
  test.each([
    ['message', messageSchema, message],
    ['task', taskSchema, task],
    ['task with all keys', taskSchema, { ...task, category: 'c', measures: { goldSteps: 2 } }],
    ['turn', turnSchema, { ...turn, reward: -1, feedback: 'no' }],
    ['outcome', turnOutcomeSchema, { messages: [], done: true, reward: 0, truncated: false }],
    ['verdict', verdictSchema, { quality: 1, correct: true, feedback: '', metrics: { a: 1 } }],
    ['history', historySchema, history],
    ['history with a result', historySchema, { ...history, result: { any: ['thing'] } }],
    ['partial history', partialHistorySchema, start],
    ['base instance', instanceSchema, { task, mode: 'base', start: null, depth: 0 }],
    ['instance', instanceSchema, { task, mode: 'improve', start, depth: 1 }],
  ])('accepts a %s', (_, schema, value) => {
    expect(createAjv().validate(schema, value)).toBe(true);
  });

  test.each([
    ['an unknown role', messageSchema, { ...message, role: 'human' }],
    ['null for an optional key', taskSchema, { ...task, category: null }],
    ['an unknown key', taskSchema, { ...task, answer: 2 }],
    ['an empty id', taskSchema, { ...task, id: '' }],
    ['a missing payload', taskSchema, { id: 't', domain: 'toy', instruction: 'x' }],
    ['a measure that is no number', taskSchema, { ...task, measures: { a: Number.NaN } }],
    ['quality above 1', verdictSchema, { quality: 1.01, correct: true }],
    ['a seed above 32 bits', historySchema, { ...history, seed: 2 ** 32 }],
    ['a partial history without turns', partialHistorySchema, { ...start, turns: [] }],
    ['a missing start', instanceSchema, { task, mode: 'base', depth: 0 }],
    ['an unknown mode', instanceSchema, { task, mode: 'explore', start: null, depth: 0 }],
  ])('refuses %s', (_, schema, value) => {
    expect(createAjv().validate(schema, value)).toBe(false);
  });
});

const place = { domain: 'toy', taskId: 't1' };

describe('contract assertions', () => {
  test('accept what the contract allows', () => {
    assertTask(task, place);
    assertOpening([message], place);
    assertTurnOutcome({ messages: [message], done: false }, place);
    assertVerdict({ quality: 0, correct: false }, place);
    assertResult({ state: [1, 'a', null] }, place);
  });

  test.each([Number.NaN, -0.1, 1.5, Number.POSITIVE_INFINITY])('name the quality %s', (quality) => {
    expect(() => assertVerdict({ quality, correct: true }, place)).toThrow(
      `domain toy, task t1: a verdict: expected a quality from 0 (worst) to 1 (best), got ${quality}.`,
    );
  });

  test.each([
    [
      'a missing quality',
      () => assertVerdict({ correct: true }, place),
      'quality: expected a number from 0 to 1, got nothing',
    ],
    ['a quality of text', () => assertVerdict({ quality: '1', correct: true }, place), 'got "1"'],
    [
      'no verdict',
      () => assertVerdict(undefined, place),
      'a verdict: expected an object, got nothing',
    ],
    [
      'a misspelt key',
      () => assertTurnOutcome({ messages: [], done: true, feedbak: 'x' }, place),
      'Did you mean "feedback"?',
    ],
    [
      'a reward of NaN',
      () => assertTurnOutcome({ messages: [], done: true, reward: Number.NaN }, place),
      'reward: expected a number, got NaN',
    ],
    ['an empty opening', () => assertOpening([], place), "an episode's opening: expected a list"],
    [
      'a foreign domain',
      () => assertTask({ ...task, domain: 'other' }, place),
      'domain: expected "toy", got "other"',
    ],
    [
      'a date',
      () => assertTask({ ...task, payload: { when: [new Date(0)] } }, place),
      'payload.when[0]: expected a JSON value, got an instance of Date',
    ],
    [
      'an undefined',
      () => assertResult({ a: undefined }, place),
      'result.a: expected a JSON value, got nothing',
    ],
    [
      'an infinity',
      () => assertResult([1, Number.POSITIVE_INFINITY], place),
      'result[1]: expected a JSON value, got Infinity',
    ],
    ['a bigint', () => assertResult(1n, place), 'result: expected a JSON value, got 1'],
  ])('refuse %s', (_, run, message_) => {
    expect(run).toThrow(DomainError);
    expect(run).toThrow(message_);
  });

  test('refuse a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => assertResult(cycle, place)).toThrow(
      'result.self.self.self: expected a JSON value',
    );
  });

  test('carry a code of their own', () => {
    const codes = [
      () => assertTask({}, place),
      () => assertTurnOutcome({}, place),
      () => assertVerdict({}, place),
    ].map((run) => {
      try {
        run();
      } catch (error) {
        return (error as DomainError).code;
      }
      return 'none';
    });
    expect(codes).toEqual([
      'TASKSPACE_ERR_DOMAIN_TASK',
      'TASKSPACE_ERR_DOMAIN_OUTCOME',
      'TASKSPACE_ERR_DOMAIN_VERDICT',
    ]);
  });
});
