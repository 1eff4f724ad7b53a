/** Reads the options a line of a labelled file carries in its note: `opts={"precision": 3}; any remark`. */
import type { VerifyOptions } from './options.ts';

type Reader = (value: unknown) => Partial<VerifyOptions> | undefined;

const flag =
  (name: 'answerOnly' | 'strict' | 'allowSetRelation' | 'requireAnchor'): Reader =>
  (value) =>
    typeof value === 'boolean' ? { [name]: value } : undefined;

const choice =
  (name: 'targets' | 'percent' | 'lists' | 'tuples' | 'units', values: readonly string[]): Reader =>
  (value) =>
    typeof value === 'string' && values.includes(value) ? { [name]: value } : undefined;

const READERS: ReadonlyMap<string, { readonly expected: string; readonly read: Reader }> = new Map(
  Object.entries({
    answerOnly: { expected: 'true or false', read: flag('answerOnly') },
    strict: { expected: 'true or false', read: flag('strict') },
    allowSetRelation: { expected: 'true or false', read: flag('allowSetRelation') },
    requireAnchor: { expected: 'true or false', read: flag('requireAnchor') },
    targets: oneOf('targets', ['any', 'latex', 'expr', 'string']),
    percent: oneOf('percent', ['either', 'value']),
    lists: oneOf('lists', ['unordered', 'ordered']),
    tuples: oneOf('tuples', ['lenient', 'strict']),
    units: oneOf('units', ['convert', 'ignore', 'required']),
    precision: {
      expected: 'a whole number from 0 to 15',
      read: (value) =>
        Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 15
          ? { precision: Number(value) }
          : undefined,
    },
    strings: {
      expected: 'a list of answers, or a text of single letters',
      read: (value) => {
        if (typeof value === 'string' && value !== '') return { strings: [...value] };
        const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
        return isList && value.length > 0 ? { strings: value } : undefined;
      },
    },
    lang: {
      expected: 'the name of a language',
      read: (value) => (typeof value === 'string' ? { lang: value } : undefined),
    },
    tolerance: { expected: 'an object of "absolute" and "relative" numbers', read: readTolerance },
  }),
);

/**
 * The options at the start of a note; `{}` when it has none.
 *
 * @throws Error naming every option that is unknown or has an impossible value.
 */
export function optionsOfNote(note: string | undefined): VerifyOptions {
  const text = note?.trimStart() ?? '';
  if (!text.startsWith('opts=')) return {};
  const end = closingBrace(text, 5);
  const problems: string[] = [];
  let options: VerifyOptions = {};
  for (const [name, value] of Object.entries(parseObject(text.slice(5, end)))) {
    const reader = READERS.get(name);
    const read = reader?.read(value);
    if (reader === undefined)
      problems.push(`"${name}" is not an option. Known: ${[...READERS.keys()].join(', ')}`);
    else if (read === undefined)
      problems.push(`"${name}": expected ${reader.expected}, got ${JSON.stringify(value)}`);
    else options = { ...options, ...read };
  }
  if (problems.length > 0)
    throw new Error(`note: ${problems.join('; ')}. Correct the line's opts.`);
  return options;
}

function oneOf(
  name: 'targets' | 'percent' | 'lists' | 'tuples' | 'units',
  values: readonly string[],
): { readonly expected: string; readonly read: Reader } {
  return { expected: `one of ${values.join(', ')}`, read: choice(name, values) };
}

function readTolerance(value: unknown): Partial<VerifyOptions> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  const isValid = entries.every(
    ([key, size]) =>
      ['absolute', 'relative'].includes(key) && typeof size === 'number' && size >= 0,
  );
  return isValid ? { tolerance: Object.fromEntries(entries) } : undefined;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Falls through to the error that says what was expected.
  }
  throw new Error(
    `note: expected a JSON object after "opts=", got ${text.slice(0, 80)}. Correct the line's opts.`,
  );
}

/** End of the object that begins at `start`, strings skipped; the text's length when it is not closed. */
function closingBrace(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === '{') {
      depth++;
    } else if (character === '}' && --depth === 0) {
      return index + 1;
    }
  }
  return text.length;
}
