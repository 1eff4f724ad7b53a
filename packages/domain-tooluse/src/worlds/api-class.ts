/** What one API class is to a world: its methods with their Python signatures, how it loads, what it shows and hides. */
import type { PyRandom } from '../python/random.ts';
import { PyDict, PySet, PyTuple, type PyValue } from '../python/values.ts';

/** The two states of the benchmark the worlds can stand in for. */
export type WorldProfile = 'v3' | 'v4';

/** What every method may ask about its world. */
export interface Setting {
  readonly profile: WorldProfile;
  readonly longContext: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One parameter; a `default` makes it optional. */
export interface Parameter {
  readonly name: string;
  readonly default?: PyValue;
}

/** One method: its parameters after `self`, and what it does. */
export interface Method<Self> {
  readonly parameters: readonly Parameter[];
  readonly run: (self: Self, ...values: PyValue[]) => PyValue;
}

/** The methods of a class by name. */
export type Methods<Self> = ReadonlyMap<string, Method<Self>>;

/** An API class. `Self` is one instance's whole state. */
export interface ApiClass<Self> {
  readonly name: string;
  /** The methods of a profile, in a stable order. */
  readonly methods: (profile: WorldProfile) => Methods<Self>;
  /** A fresh instance; a missing key of the config falls back to the class's default. */
  readonly load: (config: PyDict, setting: Setting) => Self;
  /** A copy that shares nothing that can change; `memo` keeps aliases aliases. */
  readonly copy: (self: Self, memo: Memo) => Self;
  /** What the benchmark's checker compares. */
  readonly publicState: (self: Self) => PyDict;
  /** Hidden attributes that later results depend on. */
  readonly privateState: (self: Self) => PyDict;
}

/** Copies made so far, by original. */
export type Memo = Map<object, unknown>;

/** An instance whose state is plain attributes: all classes but the file system. */
export interface Attributes {
  readonly setting: Setting;
  readonly open: PyDict;
  readonly hidden: PyDict;
  readonly random: PyRandom | undefined;
}

/** Writes a method down: parameter names, or `[name, default]`, and its body. */
export function method<Self>(
  parameters: readonly (string | readonly [string, PyValue])[],
  run: Method<Self>['run'],
): Method<Self> {
  return {
    parameters: parameters.map((parameter) =>
      typeof parameter === 'string'
        ? { name: parameter }
        : { name: parameter[0], default: parameter[1] },
    ),
    run,
  };
}

/** The result dict of a failed call. */
export function failure(message: string): PyDict {
  return PyDict.of({ error: message });
}

/** An API class over plain attributes: all of it follows from its methods and how it loads. */
export function attributeClass(
  name: string,
  methods: (profile: WorldProfile) => Methods<Attributes>,
  load: (config: PyDict, setting: Setting) => Attributes,
): ApiClass<Attributes> {
  return {
    name,
    methods,
    load,
    copy: ({ setting, open, hidden, random }, memo) => ({
      setting,
      open: copyValue(open, memo) as PyDict,
      hidden: copyValue(hidden, memo) as PyDict,
      random: random?.fork(),
    }),
    publicState: ({ open }) => open,
    // Attributes in angle brackets are the world's own, not the Python class's.
    privateState: ({ hidden }) =>
      PyDict.from([...hidden.entries()].filter(([key]) => !String(key).startsWith('<'))),
  };
}

/** Python's `copy.deepcopy`. */
export function copyValue(value: PyValue, memo: Memo): PyValue {
  if (typeof value !== 'object' || value === null) return value;
  const known = memo.get(value);
  if (known !== undefined) return known as PyValue;
  if (Array.isArray(value)) {
    const copy: PyValue[] = [];
    memo.set(value, copy);
    for (const item of value) copy.push(copyValue(item, memo));
    return copy;
  }
  if (value instanceof PyDict) {
    const copy = new PyDict();
    memo.set(value, copy);
    for (const [key, item] of value.entries()) copy.set(key, copyValue(item, memo));
    return copy;
  }
  if (value instanceof PySet) {
    const copy = new PySet(value.values());
    memo.set(value, copy);
    return copy;
  }
  if (value instanceof PyTuple)
    return new PyTuple(value.items.map((item) => copyValue(item, memo)));
  return value;
}
