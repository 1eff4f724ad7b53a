import { describe, expect, test } from 'vitest';
import {
  CheckpointError,
  ConfigError,
  ContainerError,
  DataError,
  DomainError,
  PluginError,
  ReplayError,
  ShapeError,
  TaskspaceError,
} from './errors.ts';
import { showValue } from './show-value.ts';

describe('errors', () => {
  test.each([
    ['ConfigError', new ConfigError([]), 'TASKSPACE_ERR_CONFIG'],
    [
      'PluginError',
      new PluginError('TASKSPACE_ERR_PLUGIN_EXPORT', 'x'),
      'TASKSPACE_ERR_PLUGIN_EXPORT',
    ],
    ['ContainerError', new ContainerError('x'), 'TASKSPACE_ERR_CONTAINER'],
    ['DomainError', new DomainError('x', { domain: 'toy' }), 'TASKSPACE_ERR_DOMAIN'],
    ['ShapeError', new ShapeError('f', 'x', [1], 'y'), 'TASKSPACE_ERR_SHAPE'],
    ['CheckpointError', new CheckpointError('a', 'b'), 'TASKSPACE_ERR_CHECKPOINT'],
    ['DataError', new DataError('a', 1, 'b'), 'TASKSPACE_ERR_DATA'],
  ])('%s has a name and a code', (name, error, code) => {
    expect(error).toBeInstanceOf(TaskspaceError);
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(String(error).startsWith(name)).toBe(true);
    expect(Object.hasOwn(error, 'name')).toBe(false);
  });

  test('ConfigError prints one problem on one line', () => {
    const problem = { path: 'seed', expected: 'an integer', got: '"x"' };
    expect(new ConfigError([problem], 'run.yaml').message).toBe(
      'run.yaml: seed: expected an integer, got "x".',
    );
  });

  test('ConfigError prints every problem', () => {
    const error = new ConfigError([
      { path: 'a', expected: 'an integer', got: '"x"' },
      { path: '', expected: 'no key "polcy"', got: 'it', suggestion: 'Did you mean "policy"?' },
    ]);
    expect(error.message).toBe(
      'config: 2 problems\n  - a: expected an integer, got "x".\n' +
        '  - the whole value: expected no key "polcy", got it. Did you mean "policy"?',
    );
    expect(error.problems).toHaveLength(2);
  });

  test('DataError names file and line', () => {
    expect(new DataError('a.jsonl', 7, 'expected JSON').message).toBe(
      'a.jsonl, line 7: expected JSON',
    );
    expect(new DataError('a.csv', null, 'empty').message).toBe('a.csv: empty');
  });

  test('DomainError names domain and task and keeps the cause', () => {
    const cause = new Error('boom');
    const error = new DomainError('verify threw.', { domain: 'math', taskId: 't1', cause });
    expect(error.message).toBe('domain math, task t1: verify threw.');
    expect(error.cause).toBe(cause);
  });

  test('ReplayError shows where two long texts differ', () => {
    const same = 'x'.repeat(500);
    const error = new ReplayError({
      domain: 'math',
      taskId: 't1',
      turn: 2,
      recorded: `${same}old`,
      replayed: `${same}new`,
    });
    expect(error.message).toContain('replay of domain math, task t1, turn 2');
    expect(error.message).toContain('old"');
    expect(error.message).toContain('new"');
    expect(error.message.length).toBeLessThan(600);
    expect(error.recorded).toBe(`${same}old`);
  });
});

describe('showValue', () => {
  test.each([
    ['text', '"text"'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [-0, '-0'],
    [1n, '1'],
    [undefined, 'nothing'],
    [null, 'null'],
    [[1, 'a'], '[1,"a"]'],
    [new TypeError('bad'), 'TypeError: bad'],
    [() => 1, 'a function'],
  ])('shows %s', (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  test('shortens and keeps one line', () => {
    expect(showValue(['x'.repeat(200)])).toHaveLength(80);
    expect(showValue(new Error('a\n  b'))).toBe('Error: a b');
  });

  test('shows a cycle by its kind', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(showValue(cycle)).toBe('[object Array]');
  });
});
