import type { Json } from '@taskspace/core';
import type { SessionSource } from '../episode/session.ts';
import { memberOf, readJson } from '../protocol/json-tree.ts';
import type { ToolDefinition } from '../tool.ts';

/** A tool of one's own: what the policy is told, and what it does. */
export interface WorldTool<State> {
  readonly description: string;
  /** JSON Schema of each argument; all are required unless named in `optional`. */
  readonly parameters?: Readonly<Record<string, { readonly [key: string]: Json }>>;
  readonly optional?: readonly string[];
  /**
   * Does the work on the state, which it may change. What it returns is shown, text as it is and all else as JSON; what it
   * throws is shown as an error.
   *
   * @param args - Checked against names and types of the parameters.
   */
  run(state: State, args: Readonly<Record<string, Json>>): unknown;
}

/** A world of one's own, deterministic: the same calls from the same start always do the same. */
export interface WorldDefinition<State extends object> {
  /** A new state, plain JSON data, for one session. */
  start(config: Json): State;
  readonly tools: Readonly<Record<string, WorldTool<State>>>;
}

/** Tools with the sessions they run in. */
export interface ToolSource {
  readonly tools: readonly ToolDefinition[];
  readonly sessions: SessionSource;
  /** Called once when the run ends. */
  close?(): Promise<void>;
}

/** Makes a source of tools from functions on a state. */
export function defineWorld<State extends object>(definition: WorldDefinition<State>): ToolSource {
  const tools = new Map(Object.entries(definition.tools));
  const sessions: SessionSource = {
    replayable: true,
    open({ world }) {
      const config = structuredClone(memberIn(world.config));
      const state = definition.start(config);
      return {
        call({ name, arguments: given }) {
          const tool = tools.get(name);
          if (tool === undefined) throw new Error(`name '${name}' is not defined`);
          const args = JSON.parse(given) as Readonly<Record<string, Json>>;
          checkArguments(name, tool, args);
          const value = tool.run(state, args);
          const result = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'None');
          const isError =
            value !== null && typeof value === 'object' && Object.hasOwn(value, 'error');
          return { result, outcome: isError ? 'error_value' : 'ok' };
        },
        state: () => JSON.stringify(state),
      };
    },
  };
  return { tools: [...tools].map(([name, tool]) => describe(name, tool)), sessions };
}

/** The config of a custom world, under the only name there is. */
function memberIn(config: string): Json {
  const node = readJson(config, 0);
  const inner = 'problem' in node ? undefined : memberOf(node, 'world');
  return inner === undefined ? {} : (JSON.parse(config.slice(inner.start, inner.end)) as Json);
}

function describe<State>(
  name: string,
  { description, parameters = {}, optional = [] }: WorldTool<State>,
): ToolDefinition {
  return {
    name,
    description,
    parameters: {
      type: 'object',
      properties: { ...parameters },
      required: Object.keys(parameters).filter((key) => !optional.includes(key)),
    },
  };
}

function checkArguments<State>(
  name: string,
  { parameters = {}, optional = [] }: WorldTool<State>,
  args: Readonly<Record<string, Json>>,
): void {
  for (const key of Object.keys(args)) {
    if (!Object.hasOwn(parameters, key)) throw new Error(`${name}() has no argument '${key}'`);
  }
  for (const [key, { type }] of Object.entries(parameters)) {
    if (!Object.hasOwn(args, key)) {
      if (optional.includes(key)) continue;
      throw new Error(`${name}() needs the argument '${key}'`);
    }
    if (typeof type === 'string' && !isOfType(args[key]!, type)) {
      throw new Error(`${name}(): '${key}' must be of type ${type}`);
    }
  }
}

function isOfType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'object')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
