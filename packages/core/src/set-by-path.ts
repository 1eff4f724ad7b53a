import { ConfigError } from './errors.ts';
import type { Json } from './json.ts';
import { joinPath } from './schema-problems.ts';
import { showValue } from './show-value.ts';

/**
 * A config with one value put at a path, as `--set` does; the config given is not changed. Missing objects on the way are made,
 * and a list can be extended by one.
 *
 * @param path - Keys joined by dots, list positions in brackets: `domains.math.levels[0]`; other keys as `a["b.c"]`.
 * @throws {@link ConfigError} when the path is malformed, goes through something that is neither object nor list, or names a
 * key that belongs to every JavaScript object.
 */
export function setByPath(config: Json, path: string, value: Json): Json {
  return put(config, parsePath(path), 0, path, value);
}

function put(
  node: Json,
  parts: readonly PathPart[],
  depth: number,
  path: string,
  value: Json,
): Json {
  const part = parts[depth];
  if (part === undefined) return value;
  const here = joinPath(parts.slice(0, depth));
  if (Array.isArray(node)) {
    const list: readonly Json[] = node;
    const index = Number(part);
    if (!Number.isInteger(index) || index < 0 || index > list.length) {
      const expected = `a position from 0 to ${list.length} in the list ${here || 'given'}`;
      throw refuse(path, expected, showValue(part));
    }
    const copy = [...list];
    copy[index] = put(list[index] ?? emptyFor(parts[depth + 1]), parts, depth + 1, path, value);
    return copy;
  }
  if (typeof node !== 'object' || node === null) {
    throw refuse(path, `an object or a list at ${here || 'the root'}`, showValue(node));
  }
  if (typeof part === 'number') {
    throw refuse(path, `a list at ${here || 'the root'}`, showValue(node));
  }
  const object = node as { readonly [key: string]: Json };
  const old = Object.hasOwn(object, part) ? object[part] : undefined;
  const inner = put(old ?? emptyFor(parts[depth + 1]), parts, depth + 1, path, value);
  return { ...object, [part]: inner };
}

type PathPart = string | number;

function emptyFor(part: PathPart | undefined): Json {
  return typeof part === 'number' ? [] : {};
}

/** Keys that would reach the prototype of every object. */
const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

function parsePath(path: string): readonly PathPart[] {
  const parts: PathPart[] = [];
  // A key, after a dot unless it is the first; or a position or a quoted key in brackets.
  const step = /(\.?)([^.[\]="\s]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/uy;
  while (step.lastIndex < path.length) {
    const from = step.lastIndex;
    const match = step.exec(path);
    const [, dot, key, position, quoted] = match ?? [];
    const misplaced = key !== undefined && (dot === '.') === (from === 0);
    const part = position !== undefined ? Number(position) : (key ?? unquote(quoted));
    if (match === null || misplaced || part === undefined) {
      const expected = 'a path such as domains.math.levels[0]';
      throw refuse(path, expected, `${showValue(path)}, wrong from character ${from + 1}`);
    }
    if (FORBIDDEN.includes(String(part))) {
      throw refuse(path, `no key named ${FORBIDDEN.join(', ')}`, String(part));
    }
    parts.push(part);
  }
  if (parts.length === 0) {
    throw refuse(path, 'a path such as domains.math.levels[0]', 'an empty one');
  }
  return parts;
}

function unquote(quoted: string | undefined): string | undefined {
  try {
    return quoted === undefined ? undefined : (JSON.parse(quoted) as string);
  } catch {
    return undefined; // The caller names the place of the malformed key.
  }
}

function refuse(path: string, expected: string, got: string): ConfigError {
  return new ConfigError([{ path, expected, got }], 'set');
}
