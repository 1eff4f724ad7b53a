import type { Json } from '@taskspace/core';
import type { ToolDefinition } from '../tool.ts';

/** One parameter: a JSON Schema, and whether it may be left out. */
export interface Parameter {
  readonly schema: { readonly [key: string]: Json };
  readonly optional: boolean;
}

/** A tool from its parameters in order. */
export function tool(
  name: string,
  description: string,
  parameters: Readonly<Record<string, Parameter>> = {},
): ToolDefinition {
  const entries = Object.entries(parameters);
  return {
    name,
    description,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([key, { schema }]) => [key, schema])),
      required: entries.filter(([, { optional }]) => !optional).map(([key]) => key),
    },
  };
}

/** Text, perhaps one of a few. */
export function text(description: string, choices?: readonly string[]): Parameter {
  return required({ type: 'string', description, ...(choices && { enum: choices }) });
}

/** Any number. */
export function number(description: string): Parameter {
  return required({ type: 'number', description });
}

/** A whole number. */
export function integer(description: string): Parameter {
  return required({ type: 'integer', description });
}

/** True or false. */
export function flag(description: string): Parameter {
  return required({ type: 'boolean', description });
}

/** A list of one type, perhaps of a few texts. */
export function list(
  type: 'string' | 'number',
  description: string,
  choices?: readonly string[],
): Parameter {
  return required({
    type: 'array',
    items: { type, ...(choices && { enum: choices }) },
    description,
  });
}

/** The same parameter, which may be left out. */
export function optional({ schema }: Parameter, fallback?: Json): Parameter {
  return {
    schema: { ...schema, ...(fallback === undefined ? {} : { default: fallback }) },
    optional: true,
  };
}

/** An object with these members, all of which may be left out. */
export function record(
  description: string,
  members: Readonly<Record<string, Parameter>>,
): Parameter {
  const properties = Object.fromEntries(
    Object.entries(members).map(([key, { schema }]) => [key, schema]),
  );
  return required({ type: 'object', description, properties });
}

function required(schema: Parameter['schema']): Parameter {
  return { schema, optional: false };
}
