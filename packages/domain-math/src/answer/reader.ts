/** Reads answers, each once per way of reading its commas. */
import { type Budget, MAX_ANSWER_LENGTH } from './budget.ts';
import type { Expression } from './expression.ts';
import { normalise } from './normalise.ts';
import { parse } from './parse.ts';
import { type CommaReading, type Token, tokenise } from './tokenise.ts';

/** One way of reading an answer. */
export interface Reading {
  /** The tree; `undefined` when the answer does not read as mathematics. */
  readonly node: Expression | undefined;
  /** The tokens, one blank between: equal for all ways of typesetting one answer. */
  readonly tokens: string;
  /** Other ways in which its commas can be read. */
  readonly alternatives: readonly CommaReading[];
}

/** A reading with the steps it took. */
interface KnownReading {
  readonly reading: Reading;
  readonly steps: number;
}

/**
 * Readings of earlier verdicts: a gold answer is read for every completion of its group. A verdict that finds one pays its steps
 * all the same, so it does not depend on what was judged before.
 */
const KNOWN_READINGS = new Map<string, KnownReading>();
const MOST_KNOWN = 1_000;
/** Longer answers are read anew, so that little memory is held. */
const MAX_KNOWN_LENGTH = 200;

/** Reads the answers of one verdict and remembers them until it is made. */
export class Reader {
  readonly #budget: Budget;
  readonly #known = new Map<string, Reading>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** The reading of an answer, with its commas taken as said. */
  read(answer: string, comma: CommaReading = 'auto'): Reading {
    const key = `${comma} ${answer}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const reading = key.length <= MAX_KNOWN_LENGTH ? this.#recall(key) : undefined;
    const fresh = reading ?? this.#readAndNote(key, answer, comma);
    this.#known.set(key, fresh);
    return fresh;
  }

  #recall(key: string): Reading | undefined {
    const known = KNOWN_READINGS.get(key);
    if (known === undefined) return undefined;
    this.#budget.spend(known.steps);
    return known.reading;
  }

  #readAndNote(key: string, answer: string, comma: CommaReading): Reading {
    const before = this.#budget.spent;
    const reading = this.#readNow(answer, comma);
    if (key.length > MAX_KNOWN_LENGTH) return reading;
    if (KNOWN_READINGS.size >= MOST_KNOWN) KNOWN_READINGS.clear();
    KNOWN_READINGS.set(key, { reading, steps: this.#budget.spent - before });
    return reading;
  }

  #readNow(written: string, comma: CommaReading): Reading {
    const answer = withoutOuterBrackets(written);
    if (answer.length > MAX_ANSWER_LENGTH) {
      return { node: undefined, tokens: withoutBlanks(answer), alternatives: [] };
    }
    const tokens = tokenise(normalise(answer), this.#budget, comma);
    const text = tokens.map(spell).join(' ');
    return {
      node: parse(tokens, this.#budget),
      tokens: text,
      alternatives: alternativesOf(tokens),
    };
  }
}

/** Most brackets in a row that are read; more say nothing that one pair does not. */
const MAX_BRACKETS = 8;

/** Strips all but the innermost of many brackets around the whole answer. */
function withoutOuterBrackets(text: string): string {
  let answer = text.trim();
  for (const [open, close] of ['()', '{}']) {
    if (open === undefined || close === undefined) continue;
    let head = 0;
    while (answer[head] === open) head++;
    let tail = 0;
    while (answer[answer.length - 1 - tail] === close) tail++;
    let layers = Math.min(head, tail);
    if (layers <= MAX_BRACKETS) continue;
    // Brackets that close inside belong to an inner pair.
    let depth = head - layers;
    let least = depth;
    for (let index = head; index < answer.length - tail; index++) {
      if (answer[index] === open) depth++;
      if (answer[index] === close) least = Math.min(least, --depth);
    }
    layers += Math.min(0, least);
    if (layers > 1) answer = answer.slice(layers - 1, answer.length - layers + 1);
  }
  return answer;
}

/** Commas are only read in another way where there is nothing but numerals for them to stand between. */
function alternativesOf(tokens: readonly Token[]): readonly CommaReading[] {
  const alternatives = new Set<CommaReading>();
  for (const token of tokens) {
    if (token.kind === 'number' && token.alternative !== undefined)
      alternatives.add(token.alternative);
    const isPlain =
      token.kind === 'number' || token.kind === 'word' || token.text === ',' || token.text === '-';
    if (!isPlain) return [];
  }
  return [...alternatives];
}

function spell(token: Token): string {
  return token.kind === 'word' && token.prose ? token.text.toLowerCase() : token.text;
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/[\s$]+/g, '');
}
