/**
 * JSON Schemas of the data that crosses plugin, file and process boundaries. The interfaces lead; the compiler checks that
 * each schema says the same.
 */
import type { JSONSchemaType } from 'ajv';
import type { TurnOutcome } from './environment.ts';
import type { History, PartialHistory, Turn } from './history.ts';
import type { Instance } from './instance.ts';
import type { Message } from './message.ts';
import type { Task } from './task.ts';
import type { Verdict } from './verifier.ts';

/** Stands for a schema of any JSON value, which the compiler could not check: its type refers to itself. */
const JSON_VALUE = { $ref: 'json' } as const;
const SEED = { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 } as const;

const message: JSONSchemaType<Message> = {
  type: 'object',
  additionalProperties: false,
  required: ['role', 'content'],
  properties: {
    role: { type: 'string', enum: ['system', 'user', 'assistant', 'tool'] },
    content: { type: 'string' },
  },
};

const task: JSONSchemaType<Task> = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'domain', 'instruction', 'payload'],
  properties: {
    id: { type: 'string', minLength: 1 },
    domain: { type: 'string', minLength: 1 },
    instruction: { type: 'string', minLength: 1 },
    payload: JSON_VALUE,
    category: { type: 'string', nullable: true },
    measures: {
      type: 'object',
      nullable: true,
      required: [],
      additionalProperties: { type: 'number' },
    },
  },
};

const turnOutcome: JSONSchemaType<TurnOutcome> = {
  type: 'object',
  additionalProperties: false,
  required: ['messages', 'done'],
  properties: {
    messages: { type: 'array', items: message },
    done: { type: 'boolean' },
    reward: { type: 'number', nullable: true },
    feedback: { type: 'string', nullable: true },
    failed: { type: 'boolean', nullable: true },
    truncated: { type: 'boolean', nullable: true },
  },
};

const verdict: JSONSchemaType<Verdict> = {
  type: 'object',
  additionalProperties: false,
  required: ['quality', 'correct'],
  properties: {
    quality: { type: 'number', minimum: 0, maximum: 1 },
    correct: { type: 'boolean' },
    feedback: { type: 'string', nullable: true },
    metrics: {
      type: 'object',
      nullable: true,
      required: [],
      additionalProperties: { type: 'number' },
    },
  },
};

const turn: JSONSchemaType<Turn> = {
  type: 'object',
  additionalProperties: false,
  required: ['request', 'response', 'iterate'],
  properties: {
    request: { type: 'array', items: message },
    response: { type: 'string' },
    iterate: { type: 'integer', minimum: 0 },
    reward: { type: 'number', nullable: true },
    feedback: { type: 'string', nullable: true },
    failed: { type: 'boolean', nullable: true },
  },
};

const history: JSONSchemaType<History> = {
  type: 'object',
  additionalProperties: false,
  required: ['task', 'seed', 'turns', 'ending', 'closing'],
  properties: {
    task,
    seed: SEED,
    turns: { type: 'array', items: turn },
    ending: { type: 'string', enum: ['done', 'turn-limit', 'length-limit', 'truncated'] },
    closing: { type: 'array', items: message },
    result: JSON_VALUE,
  },
};

const partialHistory: JSONSchemaType<PartialHistory> = {
  type: 'object',
  additionalProperties: false,
  required: ['seed', 'turns', 'quality', 'origin'],
  properties: {
    seed: SEED,
    turns: { type: 'array', items: turn, minItems: 1 },
    quality: { type: 'number', minimum: 0, maximum: 1 },
    origin: { type: 'string' },
  },
};

const instance: JSONSchemaType<Instance> = {
  type: 'object',
  additionalProperties: false,
  required: ['task', 'mode', 'start', 'depth'],
  properties: {
    task,
    mode: { type: 'string', enum: ['base', 'replay', 'improve', 'diverge'] },
    start: { anyOf: [partialHistory, { type: 'null', nullable: true }] },
    depth: { type: 'integer', minimum: 0 },
  },
};

/** JSON Schema of {@link Message}. */
export const messageSchema: object = published(message);
/** JSON Schema of {@link Task}. */
export const taskSchema: object = published(task);
/** JSON Schema of {@link TurnOutcome}. */
export const turnOutcomeSchema: object = published(turnOutcome);
/** JSON Schema of {@link Verdict}. */
export const verdictSchema: object = published(verdict);
/** JSON Schema of {@link Turn}. */
export const turnSchema: object = published(turn);
/** JSON Schema of {@link History}. */
export const historySchema: object = published(history);
/** JSON Schema of {@link PartialHistory}. */
export const partialHistorySchema: object = published(partialHistory);
/** JSON Schema of {@link Instance}. */
export const instanceSchema: object = published(instance);

/**
 * The schema without `nullable`, which ajv's types ask for on every optional key: an optional key may be absent, not null.
 */
function published<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(published) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  if ('$ref' in schema && schema.$ref === JSON_VALUE.$ref) return {} as T;
  const entries = Object.entries(schema)
    .filter(([keyword, value]) => keyword !== 'nullable' || value !== true)
    .map(([keyword, value]) => [keyword, published(value)] as const);
  return Object.fromEntries(entries) as T;
}
