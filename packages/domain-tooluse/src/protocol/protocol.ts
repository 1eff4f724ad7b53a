import type { Message } from '@taskspace/core';
import type { ToolDefinition } from '../tool.ts';

/** The ways in which a policy can write tool calls. */
export type ProtocolName = 'exit' | 'hermes' | 'llama3-json' | 'mistral' | 'openai';

/** A half-open range of UTF-16 positions in a response. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something in a response that was meant as one tool call, with the exact text it stands for. */
export type Attempt =
  | {
      readonly status: 'ok';
      readonly name: string;
      /** Source text of the JSON object of arguments, unchanged, so that `1` and `1.0` stay different. */
      readonly arguments: string;
      readonly raw: string;
      readonly span: Span;
    }
  | {
      /** `malformed`: not JSON; `invalid`: JSON, but not a call; `unclosed`: its closing mark is missing. */
      readonly status: 'malformed' | 'invalid' | 'unclosed';
      readonly problem: string;
      readonly raw: string;
      readonly span: Span;
    };

/** Where a response says that the request is done, or that it cannot be done. */
export interface Ending {
  readonly kind: 'finished' | 'gave-up';
  readonly span: Span;
}

/** All that a response holds for the environment, in the order of the text. */
export interface ParsedResponse {
  readonly attempts: readonly Attempt[];
  readonly ending: Ending | null;
}

/** A call to be written in a protocol. */
export interface CallText {
  readonly name: string;
  /** Source text of a JSON object. */
  readonly arguments: string;
}

/** One way of writing tool calls, results and endings. */
export interface Protocol {
  readonly name: ProtocolName;
  /** Reads a response in time linear in its length; never throws, whatever the text. */
  parse(response: string): ParsedResponse;
  /** How to call tools and how to end, for the system prompt. */
  readonly instructions: string;
  /** One tool of the system prompt's list. */
  listTool(tool: ToolDefinition): string;
  /** A response that makes calls, as a policy should write it. */
  writeCalls(calls: readonly CallText[]): string;
  /** A response that ends the request. */
  readonly finish: string;
  /** The message that brings results to the policy, in the order of the calls. */
  writeResults(results: readonly string[]): Message;
}
