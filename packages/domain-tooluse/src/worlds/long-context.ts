/** The filler of long-context worlds, parsed once and handed out as fresh copies. */
import { parsePython } from '../python/json.ts';
import { PyDict, type PyValue } from '../python/values.ts';
import { copyValue } from './api-class.ts';
import { LONG_CONTEXT_JSON } from './long-context-filler.ts';

let filler: PyDict | undefined;

/** One of the filler constants, as a copy that may be changed. */
export function longValue(name: string): PyValue {
  return copyValue(constant(name), new Map());
}

/** One of the filler texts. */
export function longText(name: string): string {
  return constant(name) as string;
}

/** A filler dict of texts about a stock, with its symbol filled in. */
export function aboutStock(symbol: string): PyDict {
  const texts = constant('ORDER_DETAIL_EXTENSION') as PyDict;
  return PyDict.from(
    [...texts.entries()].map(([key, text]): [PyValue, PyValue] => [
      key,
      (text as string).replaceAll('{symbol}', () => symbol),
    ]),
  );
}

function constant(name: string): PyValue {
  filler ??= parsePython(LONG_CONTEXT_JSON) as PyDict;
  return filler.get(name) ?? null;
}
