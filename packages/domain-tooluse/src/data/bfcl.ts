import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@taskspace/core';
import type { GoldCall, RequestSpec } from '../payload.ts';
import { type JsonNode, memberOf, readJson } from '../protocol/json-tree.ts';
import { parsePythonCall } from './python-call.ts';
import { type DocumentedTool, readToolDocs } from './tool-docs.ts';

/** The benchmark's kinds of multi-turn task. */
export type BfclVariant = 'base' | 'miss_func' | 'miss_param' | 'long_context';

/** All of them. */
export const BFCL_VARIANTS: readonly BfclVariant[] = [
  'base',
  'miss_func',
  'miss_param',
  'long_context',
];

/** Which tasks to read. */
export interface BfclOptions {
  readonly folder: string;
  readonly profile: 'v3' | 'v4';
  readonly variant: BfclVariant;
}

/** One task of the benchmark. */
export interface BfclTask {
  readonly id: string;
  /** Place in the benchmark, the same in all variants. */
  readonly number: number;
  readonly classes: readonly string[];
  /** Source text of a JSON object. */
  readonly config: string;
  readonly requests: readonly RequestSpec[];
}

/** The benchmark as read from a folder. */
export interface BfclData {
  readonly tasks: readonly BfclTask[];
  /** Its own documentation of the tools, in its order. */
  readonly tools: readonly DocumentedTool[];
}

/** Classes of the benchmark, as its files name them. */
export const BFCL_CLASSES: readonly string[] = [
  'GorillaFileSystem',
  'MathAPI',
  'MessageAPI',
  'TwitterAPI',
  'TicketAPI',
  'TradingBot',
  'TravelAPI',
  'VehicleControlAPI',
];

/**
 * Reads the benchmark's files; numbers in configs and arguments keep the way they were written.
 *
 * @throws {@link DataError} when a file is missing or not what it must be.
 */
export async function loadBfcl({ folder, profile, variant }: BfclOptions): Promise<BfclData> {
  const root = profile === 'v4' ? join(folder, 'v4') : folder;
  const isBase = variant === 'base';
  const questions = join(root, ...(isBase ? [] : ['variants']), `multi_turn_${variant}.jsonl`);
  const answers = isBase
    ? join(root, 'ground_truth.jsonl')
    : join(root, 'variants', `${variant}_ground_truth.jsonl`);
  const documents = await Promise.all(
    BFCL_CLASSES.map(async (name) => {
      const file = join(root, 'func-docs', `${name}.jsonl`);
      return readToolDocs(await read(file), name, file);
    }),
  );
  const tools = documents.flat();
  const gold = new Map((await readRows(answers)).map((row) => [stringOf(row, 'id'), row] as const));
  const tasks = (await readRows(questions)).map((row) => {
    const answer = gold.get(stringOf(row, 'id'));
    return answer === undefined
      ? row.fail(`an entry with the same id in ${answers}`, 'none')
      : readTask(row, answer, tools);
  });
  return { tasks, tools };
}

interface Row {
  readonly text: string;
  readonly node: JsonNode;
  fail(expected: string, got: string): never;
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DataError(
      file,
      null,
      `expected a file of the benchmark, got ${cause.code}. Fetch it with taskspace data bfcl --out DIR, and set domains.tooluse.bfcl to the folder.`,
      { cause },
    );
  });
}

async function readRows(file: string): Promise<readonly Row[]> {
  const lines = (await read(file)).split('\n');
  return lines.flatMap((text, index): Row[] => {
    if (text.trim() === '') return [];
    const fail = (expected: string, got: string): never => {
      throw new DataError(
        file,
        index + 1,
        `expected ${expected}, got ${got}. Fetch the data again.`,
      );
    };
    const node = readJson(text, 0);
    return 'problem' in node ? fail('JSON', node.problem) : [{ text, node, fail }];
  });
}

function readTask(row: Row, answer: Row, tools: readonly DocumentedTool[]): BfclTask {
  const id = stringOf(row, 'id');
  const number = Number(/_([0-9]+)$/u.exec(id)?.[1] ?? row.fail('an id ending in a number', id));
  const texts = jsonOf<readonly (readonly { readonly content: string }[])[]>(row, 'question');
  const classes = jsonOf<readonly string[]>(row, 'involved_classes');
  const config = memberOf(row.node, 'initial_config');
  const offered = tools.filter((tool) => classes.includes(tool.class));
  const turns = mergeTurns(
    jsonOf<readonly (readonly string[])[]>(answer, 'ground_truth'),
    texts.length,
  );
  if (turns.length !== texts.length) {
    answer.fail(`${texts.length} turns, as many as requests`, `${turns.length}`);
  }
  const missed = memberOf(row.node, 'missed_function');
  const unlocks =
    missed === undefined
      ? {}
      : jsonOf<Readonly<Record<string, readonly string[]>>>(row, 'missed_function');
  return {
    id,
    number,
    classes,
    config: config === undefined ? '{}' : row.text.slice(config.start, config.end),
    requests: texts.map((messages, index) => ({
      text: requestText(messages, unlocks[index]),
      gold: turns[index]!.map((call) => goldCall(call, offered, answer)),
      ...(unlocks[index] === undefined ? {} : { unlocks: unlocks[index] }),
    })),
  };
}

function requestText(
  messages: readonly { readonly content: string }[],
  unlocked: readonly string[] | undefined,
): string {
  if (messages.length > 0) return messages.map(({ content }) => content).join('\n');
  const names = (unlocked ?? []).join(', ');
  return `These tools have been added: ${names}. Please go on with my last request.`;
}

/** Task 154 of v3 has one list of calls too many: its second and third belong to one request, as v4 has it. */
function mergeTurns(
  turns: readonly (readonly string[])[],
  requests: number,
): readonly (readonly string[])[] {
  if (turns.length !== requests + 1 || turns.length < 3) return turns;
  return [turns[0]!, [...turns[1]!, ...turns[2]!], ...turns.slice(3)];
}

function goldCall(source: string, tools: readonly DocumentedTool[], row: Row): GoldCall {
  const { name, positional, keyword } = parsePythonCall(source);
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool === undefined) row.fail('a call of an offered tool', source);
  const names = Object.keys((tool.parameters.properties ?? {}) as object);
  if (positional.length > names.length) row.fail(`at most ${names.length} arguments`, source);
  const members = [
    ...positional.map((json, index) => [names[index]!, json] as const),
    ...keyword,
  ].map(([key, json]) => `${JSON.stringify(key)}: ${json}`);
  return {
    name,
    arguments: `{${members.join(', ')}}`,
    ...(positional.length === 0 ? {} : { positional: positional.length }),
  };
}

function stringOf(row: Row, key: string): string {
  const value = jsonOf<unknown>(row, key);
  return typeof value === 'string' ? value : row.fail(`text under ${key}`, typeof value);
}

/** For parts in which no number matters. */
function jsonOf<T>(row: Row, key: string): T {
  const node = memberOf(row.node, key) ?? row.fail(`a member ${key}`, 'none');
  return JSON.parse(row.text.slice(node.start, node.end)) as T;
}
