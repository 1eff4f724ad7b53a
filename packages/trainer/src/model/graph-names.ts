/** Names of graph inputs and outputs that belong to a parameter; the parameter itself goes under its safetensors name. */

/** Input: what has gathered of a parameter's gradient. */
export function accumulatedName(parameter: string): string {
  return `accumulated.${parameter}`;
}

/** A parameter's gradient, all that has gathered included. */
export function gradientName(parameter: string): string {
  return `gradient.${parameter}`;
}

/** An AdamW moment of a parameter. */
export function momentName(order: 'first' | 'second', parameter: string): string {
  return `${order}.${parameter}`;
}

/** The reference policy's copy of a parameter. */
export function referenceName(parameter: string): string {
  return `reference.${parameter}`;
}

/** Input: a number of every token, from which dropout is decided. */
export const DROPOUT_TOKENS = 'dropout.tokens';

/** Input: two numbers of every feature that a module's adapter reads, from which dropout is decided. */
export function dropoutName(module: string): string {
  return `dropout.${module}`;
}

/** Output: what replaces the input of the given name. */
export function nextName(name: string): string {
  return `next.${name}`;
}
