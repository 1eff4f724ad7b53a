/**
 * A value as an error message shows it: JSON where that is possible, on one line, shortened.
 *
 * @param limit - Most characters kept; what is cut is replaced by `…`.
 */
export function showValue(value: unknown, limit = 80): string {
  const text = asText(value).replaceAll(/\s+/gu, ' ');
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function asText(value: unknown): string {
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'symbol') {
    return Object.is(value, -0) ? '-0' : value.toString();
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    // A cycle or a throwing toJSON: the kind of value is all that can be said.
    return Object.prototype.toString.call(value);
  }
}
