/**
 * Cuts an answer into tokens in one pass. Layout, fonts, dollar signs and Markdown disappear here, so later stages see
 * the same tokens for every way of typesetting one answer.
 */
import type { Budget } from './budget.ts';
import type { Expression } from './expression.ts';
import { scanNumber } from './scan-number.ts';
import {
  CONNECTIVES,
  DROPPED_FIRST_ARGUMENT,
  DROPPED_WITH_ARGUMENT,
  FUNCTIONS,
  KNOWN_COMMANDS,
  LAYOUT,
  LETTERS,
  MARKS,
  PLAIN_WORDS,
  SYNONYMS,
  TEXT,
} from './vocabulary.ts';

/** How a comma between digits is read when it could mean several things. */
export type CommaReading = 'auto' | 'list' | 'decimal';

/** One token; `spaced` says that a blank came before it. */
export type Token =
  | {
      readonly kind: 'number';
      readonly text: string;
      readonly value: Expression;
      /** Another {@link CommaReading} that would give other tokens. */
      readonly alternative: CommaReading | undefined;
      readonly spaced: boolean;
    }
  | {
      readonly kind: 'letter' | 'command' | 'mark';
      readonly text: string;
      readonly spaced: boolean;
    }
  /** A run of letters; `prose` when it stood in running text. */
  | {
      readonly kind: 'word';
      readonly text: string;
      readonly prose: boolean;
      readonly spaced: boolean;
    };

interface Scanner {
  readonly text: string;
  readonly tokens: Token[];
  readonly comma: CommaReading;
  /** Index behind the run of digits and commas that is known to be a list. */
  listUntil: number;
  /** Index of the brace that ends the current `\text`; -1 outside. */
  textUntil: number;
  spaced: boolean;
  /** A dollar sign came before what follows. */
  money: boolean;
  closing: Int32Array | undefined;
}

/** The tokens of a normalised answer. Commands nobody knows become letters with that name. */
export function tokenise(text: string, budget: Budget, comma: CommaReading = 'auto'): Token[] {
  const scanner: Scanner = {
    text,
    tokens: [],
    comma,
    listUntil: 0,
    textUntil: -1,
    spaced: false,
    money: false,
    closing: undefined,
  };
  let index = 0;
  while (index < text.length) {
    const before = scanner.tokens.length;
    index = scanOne(scanner, index);
    budget.spend(1);
    if (scanner.tokens.length > before) {
      scanner.spaced = false;
      scanner.money = false;
    }
  }
  return scanner.tokens;
}

function scanOne(scanner: Scanner, index: number): number {
  const { text } = scanner;
  const code = text.charCodeAt(index);
  if (index === scanner.textUntil) {
    scanner.textUntil = -1;
    scanner.spaced = true;
    return index + 1;
  }
  if (isDigit(code) || (code === 46 && isDigit(text.charCodeAt(index + 1)))) {
    return pushNumber(scanner, index);
  }
  if (code === 92) return scanCommand(scanner, index);
  if (isLetter(code) || code > 127) return scanLetters(scanner, index);
  return scanMark(scanner, index);
}

function pushNumber(scanner: Scanner, index: number): number {
  const { text, listUntil, comma } = scanner;
  const number = scanNumber(text, index, { comma, inList: index < listUntil });
  if (number.listUntil > scanner.listUntil) scanner.listUntil = number.listUntil;
  scanner.tokens.push({
    kind: 'number',
    text: text.slice(index, number.end),
    value: scanner.money ? { kind: 'unit', value: number.value, unit: 'dollars' } : number.value,
    alternative: number.alternative,
    spaced: scanner.spaced,
  });
  return number.end;
}

function scanCommand(scanner: Scanner, index: number): number {
  const { text } = scanner;
  let end = index + 1;
  while (end < text.length && isLetter(text.charCodeAt(end))) end++;
  if (end === index + 1) {
    const character = text[end] ?? '';
    if (character === '') return end;
    return applyCommand(scanner, character, end + 1);
  }
  let name = text.slice(index + 1, end);
  if (!KNOWN_COMMANDS.has(name)) {
    const known = knownPrefix(name);
    end -= name.length - known.length;
    name = known;
  }
  if (text[end] === '*') end++;
  return applyCommand(scanner, name, end);
}

/** The longest known command an unknown one starts with: `\quadx` lost the blank of `\quad x`. */
function knownPrefix(name: string): string {
  for (let length = Math.min(name.length - 1, 20); length > 2; length--) {
    const prefix = name.slice(0, length);
    if (KNOWN_COMMANDS.has(prefix)) return prefix;
  }
  return name.startsWith('pi') ? 'pi' : name;
}

function applyCommand(scanner: Scanner, command: string, end: number): number {
  const { text } = scanner;
  const name = SYNONYMS.get(command) ?? command;
  if (LAYOUT.has(name)) {
    scanner.spaced = true;
    const delimiter = (name === 'left' || name === 'right') && text[end] === '.';
    return delimiter ? end + 1 : end;
  }
  if (TEXT.has(name)) return enterText(scanner, name, end);
  if (name === 'operatorname') return scanOperatorName(scanner, end);
  if (DROPPED_WITH_ARGUMENT.has(name) || DROPPED_FIRST_ARGUMENT.has(name)) {
    return text[end] === '{' ? closingBrace(scanner, end) + 1 : end;
  }
  const mark = MARKS.get(name);
  if (mark !== undefined) {
    if (mark === '$') scanner.money = true;
    else pushMark(scanner, mark);
    return end;
  }
  const isName = LETTERS.has(name) || !KNOWN_COMMANDS.has(name);
  scanner.tokens.push({ kind: isName ? 'letter' : 'command', text: name, spaced: scanner.spaced });
  return end;
}

function enterText(scanner: Scanner, name: string, end: number): number {
  const { text } = scanner;
  let open = end;
  while (text[open] === ' ') open++;
  if (text[open] !== '{' || scanner.textUntil >= 0) return end;
  const close = closingBrace(scanner, open);
  const content = text.slice(open + 1, close);
  if (name === 'mathrm' && content.length < 12) {
    if (FUNCTIONS.has(content)) return applyCommand(scanner, content, close + 1);
    // Upright single letters are constants, differentials or plain variables; after a number, units.
    const afterNumber = scanner.tokens.at(-1)?.kind === 'number';
    if (content.length === 1 && (!afterNumber || 'eid'.includes(content))) return end;
  }
  scanner.textUntil = close;
  scanner.spaced = true;
  return open + 1;
}

function scanOperatorName(scanner: Scanner, end: number): number {
  const { text } = scanner;
  if (text[end] !== '{') return end;
  const close = closingBrace(scanner, end);
  const name = text.slice(end + 1, close).replaceAll(/[^A-Za-z]/g, '');
  const known = SYNONYMS.get(name) ?? name;
  if (FUNCTIONS.has(known) || MARKS.has(known)) return applyCommand(scanner, known, close + 1);
  if (name !== '') scanner.tokens.push({ kind: 'letter', text: name, spaced: scanner.spaced });
  return close + 1;
}

function scanLetters(scanner: Scanner, start: number): number {
  const { text } = scanner;
  const prose = scanner.textUntil >= 0;
  let end = start;
  let foreign = false;
  while (end < text.length && end !== scanner.textUntil) {
    const code = text.charCodeAt(end);
    if (code > 127) foreign = true;
    else if (!isLetter(code) && !(prose && isInnerMark(text, end))) break;
    end++;
  }
  pushWord(scanner, text.slice(start, end), prose || foreign);
  return end;
}

function pushWord(scanner: Scanner, run: string, prose: boolean): void {
  const { tokens, spaced } = scanner;
  const connective = CONNECTIVES.get(run.toLowerCase());
  if (connective !== undefined) {
    tokens.push({ kind: 'mark', text: connective, spaced: true });
    return;
  }
  const meaning = PLAIN_WORDS.get(run);
  if (meaning !== undefined && (!prose || MARKS.has(meaning) || meaning === 'infty')) {
    applyCommand(scanner, meaning, 0);
  } else if (!prose && run.length === 1) {
    tokens.push({ kind: 'letter', text: run, spaced });
  } else {
    tokens.push({ kind: 'word', text: run, prose, spaced });
  }
}

const DOUBLE_MARKS: ReadonlyMap<string, string> = new Map([
  ['<=', '<='],
  ['>=', '>='],
  ['=<', '<='],
  ['==', '='],
  [':=', '='],
  ['->', '->'],
  ['=>', '=>'],
  ['<>', '!='],
]);

function scanMark(scanner: Scanner, index: number): number {
  const { text } = scanner;
  const character = text[index] ?? '';
  switch (character) {
    case ' ':
    case '\n':
    case '\t':
    case '\r':
    case '~':
    case '$':
    case '"':
    case '`':
      scanner.spaced = true;
      return index + 1;
    case '.':
      if (text.startsWith('...', index)) {
        scanner.tokens.push({ kind: 'command', text: 'dots', spaced: scanner.spaced });
        return index + 3;
      }
      return index + 1;
    case '*':
      if (text[index + 1] !== '*') break;
      if (isPower(scanner, index)) pushMark(scanner, '^');
      return index + 2;
    case '!':
      if (text[index + 1] !== '=' || isFactorial(scanner)) break;
      pushMark(scanner, '!=');
      return index + 2;
    case '{':
    case '}':
      if (scanner.textUntil >= 0) return index + 1;
      break;
    default:
  }
  const double = DOUBLE_MARKS.get(text.slice(index, index + 2));
  pushMark(scanner, double ?? character);
  return index + (double === undefined ? 1 : 2);
}

/** `**` between operands is a Python power; anywhere else it is Markdown. */
function isPower(scanner: Scanner, index: number): boolean {
  const last = scanner.tokens.at(-1);
  const next = scanner.text[index + 2] ?? '';
  if (last === undefined || next === '' || !/[A-Za-z0-9({\\-]/.test(next)) return false;
  return last.kind !== 'mark' || last.text === ')' || last.text === '}';
}

/** `5!=120` is a factorial, `x != y` is not. */
function isFactorial(scanner: Scanner): boolean {
  return !scanner.spaced && scanner.tokens.at(-1)?.kind === 'number';
}

function pushMark(scanner: Scanner, text: string): void {
  scanner.tokens.push({ kind: 'mark', text, spaced: scanner.spaced });
}

/** Index of the brace that closes the one at `open`; the text's length when none does. */
function closingBrace(scanner: Scanner, open: number): number {
  scanner.closing ??= matchBraces(scanner.text);
  return scanner.closing[open] ?? scanner.text.length;
}

function matchBraces(text: string): Int32Array {
  const closing = new Int32Array(text.length).fill(text.length);
  const stack: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 92) index++;
    else if (code === 123) stack.push(index);
    else if (code === 125 && stack.length > 0) closing[stack.pop() ?? 0] = index;
  }
  return closing;
}

/** Apostrophes and hyphens inside a word of running text belong to it. */
function isInnerMark(text: string, index: number): boolean {
  const character = text[index];
  if (character !== "'" && character !== '-') return false;
  return isLetter(text.charCodeAt(index - 1)) && isLetter(text.charCodeAt(index + 1));
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}
