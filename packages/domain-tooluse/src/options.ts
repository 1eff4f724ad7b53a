import type { DomainDefinition } from '@taskspace/core';
import { BFCL_VARIANTS, type BfclVariant } from './data/bfcl.ts';
import type { ProtocolName } from './protocol/protocol.ts';
import { PROTOCOLS } from './protocol/protocols.ts';
import { LEVELS, type Level } from './starter/generate.ts';

/** Options of the tool-use domain. */
export interface ToolUseOptions {
  /** Folder of the benchmark's files; with it tasks come from there, without it they are generated. */
  readonly bfcl?: string;
  /** Which of the benchmark's kinds of task. Default `base`. */
  readonly variant: BfclVariant;
  /** Which state of the benchmark, data and worlds. Default `v3`. */
  readonly profile: 'v3' | 'v4';
  /** What training tasks of the benchmark ask: the first request (the paper's way), or all. Default `first`. */
  readonly trainRequests: 'first' | 'all';
  /** So many training tasks of the benchmark are kept for validation. Default 0. */
  readonly validationTasks: number;
  /** Whether known-faulty tasks of the benchmark are trained on too; they are always tested on. Default false. */
  readonly trainOnDefective: boolean;
  /** Of the generated tasks: `pocket`, short ones for very small policies, or `all`. Default `all`. */
  readonly subset: 'pocket' | 'all';
  /** Levels of the generated tasks, 1 the easiest. Default all five. */
  readonly levels: readonly Level[];
  /** Most different generated tasks of a split; default: without end. */
  readonly limit?: number;
  /** Names the sequence of generated tasks, and the benchmark's split. Default 0. */
  readonly seed: number;
  /** How calls are written. Default `exit`. */
  readonly protocol: ProtocolName;
  /** What becomes of the calls of a response after one that fails. Default `stop`. */
  readonly afterFailure: 'stop' | 'go-on';
  /** Whose rules decide: the paper's or the benchmark's. Default `exit`. */
  readonly checker: 'exit' | 'bfcl';
  /** With checker `exit`: the literal rules, with which some tasks cannot be won. Default false. */
  readonly strict: boolean;
  /** What quality a task has that is not solved: none, or that of its sub-scores. Default `binary`. */
  readonly reward: 'binary' | 'dense';
  /** Most characters of one call's arguments that are taken. Default 100,000. */
  readonly maxArgumentChars: number;
  /** Most characters of one result that are shown. Default 250,000. */
  readonly maxResultChars: number;
  readonly demonstrations: {
    /** Share of careless choices in the demonstrations of pocket tasks. Default 0. */
    readonly wrongShare: number;
    /** Share of demonstrations that rewrite an earlier response. Default 0. */
    readonly rewriteShare: number;
  };
}

const share = { type: 'number', minimum: 0, maximum: 1, default: 0 } as const;

/** JSON Schema of {@link ToolUseOptions}. */
export const toolUseOptionsSchema: DomainDefinition<ToolUseOptions>['options'] = {
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    bfcl: { type: 'string', minLength: 1, nullable: true },
    variant: { type: 'string', enum: [...BFCL_VARIANTS], default: 'base' },
    profile: { type: 'string', enum: ['v3', 'v4'], default: 'v3' },
    trainRequests: { type: 'string', enum: ['first', 'all'], default: 'first' },
    validationTasks: { type: 'integer', minimum: 0, maximum: 90, default: 0 },
    trainOnDefective: { type: 'boolean', default: false },
    subset: { type: 'string', enum: ['pocket', 'all'], default: 'all' },
    levels: {
      type: 'array',
      items: { type: 'integer', enum: [...LEVELS] },
      minItems: 1,
      uniqueItems: true,
      default: [...LEVELS],
    },
    limit: { type: 'integer', minimum: 1, nullable: true },
    seed: { type: 'integer', minimum: 0, default: 0 },
    protocol: {
      type: 'string',
      enum: Object.keys(PROTOCOLS) as ProtocolName[],
      default: 'exit',
    },
    afterFailure: { type: 'string', enum: ['stop', 'go-on'], default: 'stop' },
    checker: { type: 'string', enum: ['exit', 'bfcl'], default: 'exit' },
    strict: { type: 'boolean', default: false },
    reward: { type: 'string', enum: ['binary', 'dense'], default: 'binary' },
    maxArgumentChars: { type: 'integer', minimum: 100, default: 100_000 },
    maxResultChars: { type: 'integer', minimum: 100, default: 250_000 },
    demonstrations: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: { wrongShare: share, rewriteShare: share },
      default: { wrongShare: 0, rewriteShare: 0 },
    },
  },
};
