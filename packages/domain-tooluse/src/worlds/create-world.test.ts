import { expect, test } from 'vitest';
import {
  createWorld,
  formatJson,
  PyFloat,
  parseJson,
  sameState,
  WORLD_CLASSES,
  worldMethods,
} from './create-world.ts';

const HOME = {
  GorillaFileSystem: {
    root: {
      home: {
        type: 'directory',
        contents: {
          'a.txt': { type: 'file', content: 'b\na\n' },
          docs: { type: 'directory', contents: {} },
        },
      },
    },
  },
};

function files() {
  return createWorld({ profile: 'v3', classes: ['GorillaFileSystem'], config: HOME });
}

function math() {
  return createWorld({ profile: 'v3', classes: ['MathAPI'], config: {} });
}

test('lists the 129 methods of eight classes for either profile', () => {
  for (const profile of ['v3', 'v4'] as const) {
    expect(WORLD_CLASSES.flatMap((name) => worldMethods(name, profile)).length).toBe(
      profile === 'v3' ? 129 : 128,
    );
  }
  expect(worldMethods('MathAPI', 'v3').find(({ name }) => name === 'round_number')).toEqual({
    name: 'round_number',
    parameters: [
      { name: 'number', required: true },
      { name: 'decimal_places', required: false },
    ],
  });
});

test('an unknown class is named with the known ones', () => {
  expect(() => createWorld({ profile: 'v3', classes: ['Math'], config: {} })).toThrow(/MathAPI/);
});

test.each([
  [{ a: 1, b: 2 }, '{"result": 3}'],
  [{ a: 1, b: 2.5 }, '{"result": 3.5}'],
  [{ a: new PyFloat(1), b: 2 }, '{"result": 3.0}'],
  [{ a: { $float: '1.0' }, b: 2 }, '{"result": 3.0}'],
  [{ a: Object(1), b: 2 }, '{"result": 3.0}'],
  [{ a: { isLosslessNumber: true, value: '1.0' }, b: 2 }, '{"result": 3.0}'],
  [{ a: { $int: '9007199254740993' }, b: 2 }, '{"result": 9007199254740995}'],
  ['{"a": 1.0, "b": 2}', '{"result": 3.0}'],
  ['{"a": 9007199254740993, "b": 2}', '{"result": 9007199254740995}'],
  [parseJson('{"a": 1.0, "b": 2}'), '{"result": 3.0}'],
  [[1, 2], '{"result": 3}'],
])('arguments %j are added to %s', (args, result) => {
  expect(math().call('add', args)).toEqual({ result, outcome: 'ok' });
});

test('positional arguments come before named ones', () => {
  expect(math().call('subtract', { b: 1 }, [3]).result).toBe('{"result": 2}');
  expect(math().call('subtract', { a: 1 }, [3]).result).toContain(
    "multiple values for argument 'a'",
  );
  expect(math().call('subtract', {}, [3, 2, 1]).result).toBe(
    'Error during execution: MathAPI.subtract() takes 3 positional arguments but 4 were given',
  );
  expect(math().call('round_number', {}, [3, 2, 1]).result).toContain(
    'takes from 2 to 3 positional arguments but 4 were given',
  );
});

test.each([
  [{}, "missing 2 required positional arguments: 'a' and 'b'"],
  [{ a: 1 }, "missing 1 required positional argument: 'b'"],
  [{ a: 1, b: 2, c: 3 }, "got an unexpected keyword argument 'c'"],
])('arguments %j are refused in Python’s words', (args, message) => {
  expect(math().call('add', args)).toEqual({
    result: `Error during execution: MathAPI.add() ${message}`,
    outcome: 'exception',
  });
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])(
  'the tool name %j is not defined',
  (name) => {
    const expected = {
      result: `Error during execution: name '${name}' is not defined`,
      outcome: 'exception',
    };
    expect(files().call(name, {})).toEqual(expected);
  },
);

test('a forbidden name is refused whatever the classes', () => {
  expect(math().call('exit').result).toBe(
    'Error during execution: Function call exit is not allowed.',
  );
});

test('prototype keys are ordinary file names, argument names and dict keys', () => {
  const world = files();
  for (const name of ['__proto__', 'constructor']) {
    expect(world.call('touch', { file_name: name }).outcome).toBe('ok');
    expect(world.call('echo', { content: 'x', file_name: name }).outcome).toBe('ok');
    expect(world.call('cat', { file_name: name }).result).toBe('{"file_content": "x"}');
  }
  expect(JSON.stringify(world.state())).toContain('"__proto__":{"type":"file","content":"x"}');
  expect(world.call('ls', '{"__proto__": 1}').result).toContain("argument '__proto__'");
  const tickets = createWorld({ profile: 'v3', classes: ['TicketAPI'], config: {} });
  tickets.call('ticket_login', { username: '__proto__', password: 'p' });
  expect(tickets.call('create_ticket', '{"title": {"__proto__": {"x": 1}}}').result).toContain(
    '"title": {"__proto__": {"x": 1}}',
  );
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test('paths that climb end at the root', () => {
  const world = files();
  expect(world.call('cd', { folder: '..' }).outcome).toBe('error_value');
  expect(world.call('cd', { folder: '../../etc' }).outcome).toBe('error_value');
  expect(world.call('cat', { file_name: '../../etc/passwd' }).outcome).toBe('error_value');
  expect(world.call('pwd').result).toBe('{"current_working_directory": "/home"}');
});

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
let deep: unknown = 1;
for (let level = 0; level < 10_000; level++) deep = [deep];

test.each<[string, unknown]>([
  ['malformed JSON', '{"a": '],
  ['deep JSON text', '['.repeat(100_000)],
  ['cyclic', cyclic],
  ['deep', { a: deep, b: 1 }],
  ['ten megabytes', { a: 'x'.repeat(10_000_000), b: 'y' }],
  ['ten megabytes of text', `{"a": "${'x'.repeat(10_000_000)}", "b": "y"}`],
  ['many values', { a: Array.from({ length: 300_000 }, () => 1), b: [] }],
  ['a function', { a: () => 1, b: 1 }],
  ['a number', 7],
  ['a symbol', Symbol('x')],
])('%s as arguments is an error text', (_name, args) => {
  const world = math();
  const { result, outcome } = world.call('add', args);
  expect(outcome).toBe('exception');
  expect(result).toMatch(/^Error during execution: /);
  expect(world.state()).toEqual({ MathAPI: { public: {}, private: {} } });
});

test.each([
  ['power', { base: 7, exponent: 1_000_000_000 }],
  ['power', { base: 10, exponent: 5000 }],
  ['square_root', { number: 2, precision: 1_000_000_000 }],
  ['logarithm', { value: 2, base: 3, precision: 1_000_000_000 }],
  ['round_number', { number: 7, decimal_places: -1_000_000_000 }],
])('%s of %j ends at once', (name, args) => {
  expect(math().call(name, args).result.length).toBeLessThan(10_000);
});

test('directories copied into each other stay within bounds', () => {
  const world = files();
  for (let round = 0; round < 20; round++) {
    world.call('cp', { source: 'docs', destination: `copy${round}` });
    world.call('mv', { source: `copy${round}`, destination: 'docs' });
  }
  expect(world.stateText().length).toBeLessThan(1_000_000);
});

test('a fork goes on alone', () => {
  const world = files();
  world.call('cd', { folder: 'docs' });
  const before = world.stateText();
  const fork = world.fork();
  fork.call('touch', { file_name: 'new.txt' });
  fork.call('cd', { folder: '..' });
  expect(world.stateText()).toBe(before);
  expect(fork.call('pwd').result).toBe('{"current_working_directory": "/home"}');
  expect(sameState(world, fork)).toBe(false);
  world.call('touch', { file_name: 'new.txt' });
  expect(sameState(world, fork)).toBe(true);
});

test('a fork continues the random stream at the same place', () => {
  const world = createWorld({ profile: 'v3', classes: ['VehicleControlAPI'], config: {} });
  world.call('get_current_speed');
  const fork = world.fork();
  expect(fork.call('get_current_speed')).toEqual(world.call('get_current_speed'));
});

test('two worlds share neither config nor defaults', () => {
  const config = { TwitterAPI: { authenticated: true, tweets: {} } };
  const options = { profile: 'v3', classes: ['TwitterAPI'], config } as const;
  const one = createWorld(options);
  const other = createWorld(options);
  one.call('post_tweet', { content: 'hi' });
  one.call('mention', { tweet_id: 0, mentioned_usernames: ['@a'] });
  one.call('follow_user', { username_to_follow: 'zoe' });
  expect(other.call('post_tweet', { content: 'hi' }).result).toContain('"mentions": []');
  expect(other.call('list_all_following').result).toBe("['alice', 'bob']");
  expect(config).toEqual({ TwitterAPI: { authenticated: true, tweets: {} } });
});

test('state prints floats as Python does and compares across number types', () => {
  const world = createWorld({
    profile: 'v3',
    classes: ['VehicleControlAPI'],
    config: { VehicleControlAPI: { fuelLevel: 5 } },
  });
  expect(JSON.stringify(world.state())).toContain('"fuelLevel":5,"batteryVoltage":12.6');
  expect(JSON.stringify(world.state())).toContain('"acTemperature":25.0,"fanSpeed":50');
  expect(formatJson(world.state())).toBe(world.stateText());
  const plain = JSON.parse(JSON.stringify(world.state()));
  expect(sameState(world, plain)).toBe(true);
  plain.VehicleControlAPI.public.fuelLevel = 6;
  expect(sameState(world, plain)).toBe(false);
});

test('state tags what JSON has no form for', () => {
  const world = createWorld({ profile: 'v3', classes: ['MessageAPI', 'TradingBot'], config: {} });
  world.call('message_login', { user_id: 'USR001' });
  world.call('send_message', { receiver_id: 'USR002', message: 'hi' });
  const text = JSON.stringify(world.state());
  expect(text).toContain('"generated_ids":{"$set":[67410]}');
  expect(text).toContain('"orders":{"$dict":[[12345,{"id":12345');
});

test('a state is a snapshot', () => {
  const world = files();
  const before = world.state();
  const text = JSON.stringify(before);
  world.call('rm', { file_name: 'a.txt' });
  expect(JSON.stringify(before)).toBe(text);
});

test('the traveller’s age follows the clock', () => {
  const born = {
    first_name: 'A',
    last_name: 'B',
    date_of_birth: '2007-01-01',
    passport_number: 'US1',
  };
  const config = { TravelAPI: { user_first_name: 'A', user_last_name: 'B' } };
  const options = { profile: 'v3', classes: ['TravelAPI'], config } as const;
  const at = (now: number) => createWorld({ ...options, clock: { now: () => now } });
  expect(at(Date.UTC(2024, 0, 1)).call('verify_traveler_information', born).result).toContain(
    '18 years',
  );
  expect(at(Date.UTC(2026, 0, 1)).call('verify_traveler_information', born).result).toBe(
    '{"verification_status": true}',
  );
});

test('the profiles differ where the benchmark’s backend does', () => {
  const at = (profile: 'v3' | 'v4') =>
    createWorld({ profile, classes: ['GorillaFileSystem', 'TradingBot'], config: HOME });
  expect(at('v3').call('cat', { file_name: 'x' }).result).toContain('cat: x: No such');
  expect(at('v4').call('cat', { file_name: 'x' }).result).toContain("cat: 'x': No such");
  expect(at('v3').call('echo', { content: 'x', file_name: 'n' }).outcome).toBe('ok');
  expect(at('v4').call('echo', { content: 'x', file_name: 'n' }).outcome).toBe('error_value');
  expect(at('v4').call('make_transaction', {}).result).toContain('is not defined');
});
