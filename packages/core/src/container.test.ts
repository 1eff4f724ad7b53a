import { describe, expect, test } from 'vitest';
import { createToken, Scope, type Token } from './container.ts';
import { ContainerError } from './errors.ts';

const NAME = createToken<string>('NAME');
const COUNTER = createToken<{ readonly id: number }>('COUNTER');

describe('registrations', () => {
  test('a value is given as it was registered', () => {
    const scope = new Scope().registerValue(NAME, 'run');
    expect(scope.get(NAME)).toBe('run');
    expect(scope.has(NAME)).toBe(true);
  });

  test('two tokens of the same name are different', () => {
    const scope = new Scope().registerValue(createToken<string>('NAME'), 'run');
    expect(scope.has(NAME)).toBe(false);
  });

  test('a factory runs once in a scope, and only when asked for', () => {
    let runs = 0;
    const scope = new Scope().registerFactory(COUNTER, () => ({ id: ++runs }));
    expect(runs).toBe(0);
    expect(scope.get(COUNTER)).toBe(scope.get(COUNTER));
    expect(runs).toBe(1);
  });

  test('a factory that makes undefined still runs once', () => {
    let runs = 0;
    const token = createToken<undefined>('NOTHING');
    const scope = new Scope().registerFactory(token, () => void ++runs as undefined);
    scope.get(token);
    scope.get(token);
    expect(runs).toBe(1);
  });

  test('a factory reads what it needs from the scope that asks', () => {
    const greeting = createToken<string>('GREETING');
    const run = new Scope()
      .registerValue(NAME, 'run')
      .registerFactory(greeting, (services) => `hello ${services.get(NAME)}`);
    const episode = run.createChild().registerValue(NAME, 'episode');
    expect(episode.get(greeting)).toBe('hello episode');
    expect(run.get(greeting)).toBe('hello run');
  });

  test('each scope that asks gets an instance of its own', () => {
    let runs = 0;
    const run = new Scope().registerFactory(COUNTER, () => ({ id: ++runs }));
    const child = run.createChild();
    expect(run.get(COUNTER).id).toBe(1);
    expect(child.get(COUNTER).id).toBe(2);
    expect(run.createChild().get(COUNTER).id).toBe(3);
    expect(child.get(COUNTER).id).toBe(2);
  });

  test('a child does not change its parent', () => {
    const run = new Scope();
    run.createChild().registerValue(NAME, 'child');
    expect(run.has(NAME)).toBe(false);
  });

  test('scopes without a common parent share nothing', () => {
    new Scope().registerValue(NAME, 'one');
    expect(new Scope().has(NAME)).toBe(false);
  });
});

describe('mistakes', () => {
  test('a missing registration names the token and what is registered', () => {
    const child = new Scope().registerValue(NAME, 'run').createChild();
    expect(() => child.get(COUNTER)).toThrow(
      'COUNTER: expected a registration, found none. Registered: NAME.',
    );
  });

  test('a cycle is named step by step', () => {
    const a: Token<string> = createToken('A');
    const b: Token<string> = createToken('B');
    const c: Token<string> = createToken('C');
    const scope = new Scope()
      .registerFactory(a, (services) => services.get(b))
      .registerFactory(b, (services) => services.get(c))
      .registerFactory(c, (services) => services.get(b));
    expect(() => scope.get(a)).toThrow('got B → C → B');
  });

  test('a factory that throws may be asked again', () => {
    let runs = 0;
    const scope = new Scope().registerFactory(COUNTER, () => {
      runs += 1;
      if (runs === 1) throw new Error('not yet');
      return { id: runs };
    });
    expect(() => scope.get(COUNTER)).toThrow('not yet');
    expect(scope.get(COUNTER).id).toBe(2);
  });

  test('a second registration in one scope is refused', () => {
    const scope = new Scope().registerValue(NAME, 'a');
    expect(() => scope.registerValue(NAME, 'b')).toThrow(ContainerError);
  });

  test('a registration after an inherited one was used is refused', () => {
    const child = new Scope().registerValue(NAME, 'a').createChild();
    child.get(NAME);
    expect(() => child.registerValue(NAME, 'b')).toThrow('one after use');
  });
});

describe('disposal', () => {
  test('disposes children first, then what factories made, newest first', async () => {
    const log: string[] = [];
    const first = createToken<AsyncDisposable>('FIRST');
    const second = createToken<Disposable>('SECOND');
    const run = new Scope()
      .registerFactory(first, () => ({
        [Symbol.asyncDispose]: async () => {
          await Promise.resolve();
          log.push('first');
        },
      }))
      .registerFactory(second, (services) => {
        services.get(first);
        return { [Symbol.dispose]: () => void log.push('second') };
      });
    run.get(second);
    const child = run.createChild();
    child.registerFactory(COUNTER, () => ({
      id: 1,
      [Symbol.dispose]: () => void log.push('child'),
    }));
    child.get(COUNTER);
    await run[Symbol.asyncDispose]();
    expect(log).toEqual(['child', 'second', 'first']);
  });

  test('leaves registered values alone and disposes nothing twice', async () => {
    const log: string[] = [];
    const token = createToken<Disposable>('VALUE');
    const value = { [Symbol.dispose]: () => void log.push('value') };
    const scope = new Scope().registerValue(token, value);
    const made = createToken<Disposable>('MADE');
    scope.registerFactory(made, () => ({ [Symbol.dispose]: () => void log.push('made') }));
    scope.get(token);
    scope.get(made);
    await scope[Symbol.asyncDispose]();
    await scope[Symbol.asyncDispose]();
    expect(log).toEqual(['made']);
  });

  test('a disposal that fails does not stop the others', async () => {
    const log: string[] = [];
    const tokens = ['a', 'b', 'c'].map((name) => createToken<Disposable>(name));
    const scope = new Scope();
    for (const [index, token] of tokens.entries()) {
      scope.registerFactory(token, () => ({
        [Symbol.dispose]: () => {
          log.push(String(index));
          if (index > 0) throw new Error(`disposal ${index}`);
        },
      }));
      scope.get(token);
    }
    await expect(scope[Symbol.asyncDispose]()).rejects.toThrow('several disposals failed');
    expect(log).toEqual(['2', '1', '0']);
  });

  test('a disposed scope refuses use', async () => {
    const scope = new Scope().registerValue(NAME, 'run');
    await scope[Symbol.asyncDispose]();
    expect(() => scope.get(NAME)).toThrow('this one is disposed');
    expect(() => scope.createChild()).toThrow('this one is disposed');
  });
});
