import type { Json } from '@taskspace/core';

/** A setting as the benches take it: `rollout.prompts=16`; what is not JSON is text. */
export function parseSetting(text: string): { readonly path: string; readonly value: Json } {
  const end = text.indexOf('=');
  const [path, value] = [text.slice(0, end), text.slice(end + 1)];
  try {
    return { path, value: JSON.parse(value) as Json };
  } catch {
    return { path, value };
  }
}
