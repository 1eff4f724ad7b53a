import { DataError, type Json } from '@taskspace/core';
import type { ToolDefinition } from '../tool.ts';

/** A tool with the world class it belongs to, and the order of its parameters. */
export interface DocumentedTool extends ToolDefinition {
  readonly class: string;
}

/**
 * Tool definitions from a file of the benchmark's function documentation, with its type names turned into JSON Schema's.
 *
 * @param text - One JSON object a line.
 */
export function readToolDocs(text: string, worldClass: string, subject: string): DocumentedTool[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    const { name, description, parameters } = parseLine(line, subject, index + 1);
    if (typeof name !== 'string' || typeof description !== 'string' || !isObject(parameters)) {
      throw new DataError(
        subject,
        index + 1,
        'expected name, description and parameters, got something else. Fetch the data again.',
      );
    }
    return {
      name,
      description,
      parameters: toJsonSchema(parameters) as ToolDefinition['parameters'],
      class: worldClass,
    };
  });
}

const TYPES: Readonly<Record<string, string>> = { dict: 'object', float: 'number', tuple: 'array' };

/** The benchmark writes `dict` for `object`, `float` for `number`, and `any` for no type at all. */
export function toJsonSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((item) => toJsonSchema(item as Json));
  if (!isObject(schema)) return schema;
  const members = Object.entries(schema).flatMap(([key, value]): [string, Json][] => {
    if (key === 'properties' && isObject(value)) {
      const inner = Object.entries(value).map(
        ([name, part]) => [name, toJsonSchema(part)] as const,
      );
      return [[key, Object.fromEntries(inner)]];
    }
    if (key === 'default' || key === 'enum' || key === 'description') return [[key, value]];
    if (key !== 'type' || typeof value !== 'string') return [[key, toJsonSchema(value)]];
    return value === 'any' ? [] : [[key, TYPES[value] ?? value]];
  });
  return Object.fromEntries(members);
}

function parseLine(line: string, subject: string, number: number): Record<string, Json> {
  try {
    return JSON.parse(line) as Record<string, Json>;
  } catch (cause) {
    throw new DataError(subject, number, 'expected JSON, got other text. Fetch the data again.', {
      cause,
    });
  }
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
