/**
 * Worlds: the stateful tool environments of BFCL's multi-turn tasks, written from their recorded behaviour.
 *
 * **Ints and floats.** The benchmark is Python, where `1` and `1.0` print differently. Going in (config, arguments), an
 * integral JavaScript number is an int and any other number a float; a float of integral value comes as
 * {@link PyFloat}, or as `{ "$float": "1.0" }`, a `JSON.rawJSON('1.0')`, a `Number` object, or a lossless parser's number
 * (`{ isLosslessNumber: true, value: '1.0' }`). Config and arguments may also be JSON text, where `1.0` is a float as
 * written; {@link parseJson} reads text into data of this kind. Coming out, `state()` holds plain numbers, except that a
 * float of integral value is a {@link PyFloat}: `JSON.stringify(world.state())` prints it as `1.0`, `valueOf()` gives the
 * number. {@link formatJson} prints state as Python's `json.dumps` does, and `world.stateText()` is that text.
 */
import type { Clock, Json } from '@taskspace/core';
import { PyError } from '../python/errors.ts';
import {
  DEFAULT_LIMITS,
  encode,
  fromPlain,
  parsePython,
  tagged,
  UnfitDataError,
} from '../python/json.ts';
import { errorText, jsonDumps, str } from '../python/text.ts';
import { equals, PyDict, type PyValue } from '../python/values.ts';
import type { ApiClass, Memo, Setting, WorldProfile } from './api-class.ts';
import { bindArguments } from './bind-arguments.ts';
import { GORILLA_FILE_SYSTEM } from './gorilla-file-system.ts';
import { MATH_API } from './math-api.ts';
import { MESSAGE_API } from './message-api.ts';
import { TICKET_API } from './ticket-api.ts';
import { TRADING_BOT } from './trading-bot.ts';
import { TRAVEL_API } from './travel-api.ts';
import { TWITTER_API } from './twitter-api.ts';
import { VEHICLE_CONTROL_API } from './vehicle-control-api.ts';

export { formatJson, parseJson } from '../python/json.ts';
export { PyFloat } from '../python/values.ts';
export type { WorldProfile } from './api-class.ts';

/** What a world is made from. */
export interface WorldOptions {
  /** Which state of the benchmark: `v3`, or `v4` with its fixed backend. */
  readonly profile: WorldProfile;
  /** The API classes involved, as {@link WORLD_CLASSES} names them. */
  readonly classes: readonly string[];
  /** The initial config, class by class; classes that are not involved are ignored. JSON text is read losslessly. */
  readonly config: Json | object | string;
  /** Whether results and state carry the benchmark's long-context filler. */
  readonly longContext?: boolean;
  /** Today, for a traveller's age; the default stands at 2024-09-01, so that replays never change. */
  readonly clock?: Clock;
}

/** How a call ended: a value, a value that is a dict with the key `error`, or a Python exception. */
export type CallOutcome = 'ok' | 'error_value' | 'exception';

/** What a call gave. */
export interface CallResult {
  /** The exact text the benchmark shows the model. */
  readonly result: string;
  readonly outcome: CallOutcome;
}

/** One session's tools and their state. Worlds share nothing that can change. */
export interface World {
  /**
   * Runs a method and returns what the model sees; never throws.
   *
   * @param name - The method's name, without its class.
   * @param args - Named arguments as an object or as JSON text, or an array of positional ones.
   * @param positional - Positional arguments that come before the named ones.
   */
  call(name: string, args?: unknown, positional?: readonly unknown[]): CallResult;
  /** The state in the recordings' encoding: `{ Class: { public, private } }`. A snapshot: later calls leave it alone. */
  state(): Json;
  /** `state()` as Python's `json.dumps` prints it. */
  stateText(): string;
  /** An independent world that goes on from here. */
  fork(): World;
}

const CLASSES: ReadonlyMap<string, ApiClass<unknown>> = new Map(
  (
    [
      GORILLA_FILE_SYSTEM,
      MATH_API,
      MESSAGE_API,
      TWITTER_API,
      TICKET_API,
      TRADING_BOT,
      TRAVEL_API,
      VEHICLE_CONTROL_API,
    ] as unknown as ApiClass<unknown>[]
  ).map((each) => [each.name, each]),
);

/** Calls that the benchmark's executor refuses whatever the classes. */
const FORBIDDEN = new Set(['kill', 'exit', 'quit', 'remove', 'unlink', 'popen', 'Popen', 'run']);

/** Where the default clock stands: the trading world's day. */
const DEFAULT_NOW = Date.UTC(2024, 8, 1, 10, 30);

const NAME_LIMIT = 200;
/** A longer result is cut short: no tool of the benchmark comes near. */
const RESULT_LIMIT = 2_000_000;

/** The names of all API classes. */
export const WORLD_CLASSES: readonly string[] = [...CLASSES.keys()];

/** A method of an API class, as its schema lists it. */
export interface WorldMethod {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly required: boolean }[];
}

/**
 * The methods of an API class, with the names of their parameters in positional order.
 *
 * @throws RangeError for a class that does not exist.
 */
export function worldMethods(className: string, profile: WorldProfile): readonly WorldMethod[] {
  return [...classNamed(className).methods(profile)].map(([name, { parameters }]) => ({
    name,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      required: parameter.default === undefined,
    })),
  }));
}

/**
 * A fresh world.
 *
 * @throws RangeError for a class that does not exist; SyntaxError for a config text that is not JSON.
 */
export function createWorld(options: WorldOptions): World {
  const { profile, classes, config, longContext = false, clock } = options;
  const setting: Setting = { profile, longContext, now: () => clock?.now() ?? DEFAULT_NOW };
  const given = typeof config === 'string' ? parsePython(config) : fromPlain(config);
  const instances = [...new Set(classes)].map((name): Instance => {
    const api = classNamed(name);
    const own = given instanceof PyDict ? given.get(name) : undefined;
    return { api, self: api.load(own instanceof PyDict ? own : new PyDict(), setting) };
  });
  return new ApiWorld(profile, instances);
}

/**
 * Whether the upstream checker would call two states equal: public attributes only, with Python's `==`, so `1`, `1.0` and
 * `true` are the same, dicts ignore order and lists do not.
 *
 * @param left - A world, or a state in the recordings' encoding: `{ Class: { public } }`.
 */
export function sameState(left: World | Json | object, right: World | Json | object): boolean {
  return equals(publicState(left), publicState(right));
}

interface Instance {
  readonly api: ApiClass<unknown>;
  readonly self: unknown;
}

class ApiWorld implements World {
  readonly #profile: WorldProfile;
  readonly #instances: readonly Instance[];

  constructor(profile: WorldProfile, instances: readonly Instance[]) {
    this.#profile = profile;
    this.#instances = instances;
  }

  call(name: string, args?: unknown, positional: readonly unknown[] = []): CallResult {
    try {
      return shown(this.#run(name, args, positional));
    } catch (error) {
      return { result: `Error during execution: ${failureText(error)}`, outcome: 'exception' };
    }
  }

  state(): Json {
    return encode(this.#shownState()) as Json;
  }

  stateText(): string {
    return jsonDumps(tagged(this.#shownState()))!;
  }

  fork(): World {
    const memo: Memo = new Map();
    return new ApiWorld(
      this.#profile,
      this.#instances.map(({ api, self }) => ({ api, self: api.copy(self, memo) })),
    );
  }

  #run(name: unknown, args: unknown, positional: readonly unknown[]): PyValue {
    const wanted = String(name).slice(0, NAME_LIMIT);
    if (FORBIDDEN.has(wanted)) {
      throw new PyError('Exception', `Function call ${wanted} is not allowed.`);
    }
    for (const { api, self } of this.#instances) {
      const method = api.methods(this.#profile).get(wanted);
      if (method === undefined) continue;
      const given = argumentsOf(args, positional);
      const qualifiedName = `${api.name}.${wanted}`;
      return method.run(
        self,
        ...bindArguments(qualifiedName, method.parameters, given.positional, given.keyword),
      );
    }
    throw new PyError('NameError', `name '${wanted}' is not defined`);
  }

  #shownState(): PyDict {
    return PyDict.from(
      this.#instances.map(({ api, self }): [PyValue, PyValue] => [
        api.name,
        PyDict.of({ public: api.publicState(self), private: api.privateState(self) }),
      ]),
    );
  }
}

function classNamed(name: string): ApiClass<unknown> {
  const api = CLASSES.get(name);
  if (api !== undefined) return api;
  throw new RangeError(
    `classes: expected names among ${WORLD_CLASSES.join(', ')}, got "${name}". Correct the name.`,
  );
}

function argumentsOf(
  args: unknown,
  positional: readonly unknown[],
): { readonly positional: readonly PyValue[]; readonly keyword: ReadonlyMap<string, PyValue> } {
  const first = positional.map((value) => fromPlain(value));
  if (typeof args === 'string' && args.length > DEFAULT_LIMITS.characters) {
    throw new UnfitDataError(`arguments: more than ${DEFAULT_LIMITS.characters} characters`);
  }
  const given = typeof args === 'string' ? parsePython(args) : fromPlain(args);
  if (given === null) return { positional: first, keyword: new Map() };
  if (Array.isArray(given)) return { positional: [...first, ...given], keyword: new Map() };
  if (!(given instanceof PyDict)) throw new UnfitDataError('arguments: expected a JSON object');
  return {
    positional: first,
    keyword: new Map([...given.entries()].map(([key, value]) => [str(key), value])),
  };
}

/** The benchmark's rule for what the model sees of a value. */
function shown(value: PyValue): CallResult {
  const failed = value instanceof PyDict && value.has('error');
  const text = value instanceof PyDict ? (jsonDumps(value) ?? str(value)) : str(value);
  return { result: text.slice(0, RESULT_LIMIT), outcome: failed ? 'error_value' : 'ok' };
}

function failureText(error: unknown): string {
  if (error instanceof PyError) return errorText(error);
  if (error instanceof UnfitDataError || error instanceof SyntaxError) return error.message;
  // Left are the engine's own limits, and attributes that a config gave an unforeseen type.
  return error instanceof RangeError
    ? 'maximum recursion depth exceeded'
    : 'the state does not allow this call';
}

function publicState(state: World | Json | object): PyValue {
  const given = fromPlain(state instanceof ApiWorld ? state.state() : state, {
    depth: 2000,
    nodes: Infinity,
    characters: Infinity,
  });
  if (!(given instanceof PyDict)) return given;
  return PyDict.from(
    [...given.entries()].map(([name, both]): [PyValue, PyValue] => [
      name,
      both instanceof PyDict && both.has('public') ? both.item('public') : both,
    ]),
  );
}
