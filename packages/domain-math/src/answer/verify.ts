/** Judges whether a response gives the gold answer. See `docs/math-verifier.md` for the rules and their reasons. */
import { Budget, BudgetExceeded, DEFAULT_STEPS } from './budget.ts';
import { DEFAULT_STRINGS, findChoice } from './choice.ts';
import { type Comparison, compareAnswers } from './compare.ts';
import type { Judge } from './equality.ts';
import { explain } from './explain.ts';
import { some } from './expression.ts';
import { type Extraction, extractGold, extractResponse } from './extract.ts';
import { optionLabel, optionLetter, withoutLabel } from './labels.ts';
import type { AnswerVerdict, VerifyOptions } from './options.ts';
import { policyOf } from './policy.ts';
import { Reader, type Reading } from './reader.ts';
import { plainText } from './text-answer.ts';

/**
 * Whether a response gives the gold answer. Deterministic: the same arguments always give the same verdict, whatever
 * was judged before, and work is bounded by steps instead of time.
 *
 * @param gold - Reference answer: bare, delimited, boxed or a worked solution; several are alternatives.
 * @param response - What the policy wrote, or a bare answer.
 * @param options - Policies; the defaults suit competition mathematics.
 * @returns The verdict with what was extracted, how both sides were read, and the rule that decided.
 */
export function verifyAnswer(
  gold: string | readonly string[],
  response: string,
  options: VerifyOptions = {},
): AnswerVerdict {
  const golds = typeof gold === 'string' ? [gold] : gold;
  let best: AnswerVerdict | undefined;
  for (const alternative of golds) {
    const verdict = verifyOne(alternative, response, options);
    if (verdict.correct) return verdict;
    best ??= verdict;
  }
  return best ?? refuse('no-gold', 'There is no gold answer.', '', '', 0);
}

function verifyOne(gold: string, response: string, options: VerifyOptions): AnswerVerdict {
  const budget = new Budget(options.maxSteps ?? DEFAULT_STEPS);
  try {
    return options.targets === 'string'
      ? verifyChoice(gold, response, stringsOf(options), budget)
      : verifyMath(gold, response, options, budget);
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return refuse(
      'undecided',
      'Comparing the answers takes too many steps.',
      gold,
      response,
      budget.spent,
    );
  }
}

function stringsOf({ strings }: VerifyOptions): readonly string[] {
  return strings === undefined || strings.length === 0 ? DEFAULT_STRINGS : strings;
}

function verifyChoice(
  gold: string,
  response: string,
  strings: readonly string[],
  budget: Budget,
): AnswerVerdict {
  const wanted = findChoice(gold.slice(-20_000), strings);
  const given = findChoice(response.slice(-20_000), strings);
  const correct = wanted !== undefined && wanted === given;
  return {
    correct,
    rule: given === undefined ? 'no-answer' : 'choice',
    reason:
      given === undefined
        ? `The response names none of ${strings.join(', ')}.`
        : `The response chooses ${given}; the gold answer is ${wanted ?? 'none of the choices'}.`,
    extracted: { gold: [wanted ?? ''], response: [given ?? ''] },
    goldReading: wanted ?? '',
    responseReading: given ?? '',
    steps: budget.spent,
  };
}

function verifyMath(
  gold: string,
  response: string,
  options: VerifyOptions,
  budget: Budget,
): AnswerVerdict {
  if (
    gold.trim() !== '' &&
    gold.length === response.length &&
    gold === response &&
    !gold.includes('<')
  ) {
    const same: Extraction = { answer: gold, source: 'bare' };
    const text = () => gold.slice(0, 200);
    return accept('same-text', same, same, text, text, budget);
  }
  const reader = new Reader(budget);
  const reads = (text: string): boolean => reader.read(text).node !== undefined;
  const wanted = extractGold(gold, options, reads);
  const letter = optionLetter(wanted.answer);
  const given =
    letter === undefined
      ? extractResponse(response, options, reads)
      : extractLetter(response, options, reads);
  if (given.source === 'none' || given.answer.trim() === '') {
    return refuse('no-answer', 'The response gives no answer.', wanted.answer, '', budget.spent);
  }
  if (letter !== undefined) {
    const chosen = optionLabel(given.answer);
    if (chosen === letter) {
      return accept(
        'choice',
        wanted,
        given,
        () => letter,
        () => chosen,
        budget,
      );
    }
  }
  return compareTexts(wanted, given, reader, options, budget);
}

/** Tries the readings of both sides, first the plain ones. */
function compareTexts(
  wanted: Extraction,
  given: Extraction,
  reader: Reader,
  options: VerifyOptions,
  budget: Budget,
): AnswerVerdict {
  const judge: Judge = { budget, policy: policyOf(options) };
  const comma = usesDecimalComma(options.lang) ? 'decimal' : 'auto';
  const a = reader.read(wanted.answer);
  const b = reader.read(given.answer, comma);
  if (a.tokens !== '' && a.tokens === b.tokens) {
    return accept('same-text', wanted, given, shower(a), shower(b), budget);
  }
  for (const [left, right] of readingPairs(wanted.answer, given.answer, a, b, reader)) {
    const result = compareReadings(left, right, judge);
    if (result.equal) {
      return accept(result.rule, wanted, given, shower(left), shower(right), budget);
    }
  }
  const unread = a.node === undefined || b.node === undefined;
  const [goldReading, responseReading] = [shower(a), shower(b)];
  const reason = (): string =>
    unread
      ? `The ${b.node === undefined ? "response's" : 'gold'} answer does not read as mathematics, and the texts differ.`
      : `${responseReading()} is not ${goldReading()}.`;
  return verdict(
    false,
    unread ? 'unread' : 'different',
    { gold: wanted.answer, response: given.answer },
    { reason, goldReading, responseReading },
    budget.spent,
  );
}

function* readingPairs(
  gold: string,
  given: string,
  a: Reading,
  b: Reading,
  reader: Reader,
): Generator<readonly [Reading, Reading]> {
  yield [a, b];
  for (const comma of a.alternatives) {
    if (comma !== 'decimal' || hasDecimal(b)) yield [reader.read(gold, comma), b];
  }
  for (const comma of b.alternatives) {
    if (comma !== 'decimal' || hasDecimal(a)) yield [a, reader.read(given, comma)];
  }
  const unlabelled = withoutLabel(given);
  if (unlabelled !== undefined) yield [a, reader.read(unlabelled)];
  if (b.node === undefined) {
    // A derivation whose steps cannot all be read still ends in its result.
    const result = afterLastEquals(given);
    if (result !== undefined) yield [a, reader.read(result)];
  }
}

/** A comma is only taken for a decimal one when the other side is written as a decimal. */
function hasDecimal({ node }: Reading): boolean {
  return node !== undefined && some(node, (part) => part.kind === 'number' && part.decimal);
}

function compareReadings(a: Reading, b: Reading, judge: Judge): Comparison {
  if (a.tokens !== '' && a.tokens === b.tokens) return { equal: true, rule: 'same-text' };
  if (a.node === undefined || b.node === undefined) {
    const [left, right] = [plainWords(a), plainWords(b)];
    return { equal: left !== '' && left === right, rule: 'text' };
  }
  return compareAnswers(a.node, b.node, judge);
}

/** Texts that are no mathematics are compared token by token, without case and punctuation. */
function plainWords({ node, tokens }: Reading): string {
  if (tokens.length > 2_000) return '';
  if (node !== undefined) return node.kind === 'text' ? plainText(tokens) : '';
  return tokens
    .toLowerCase()
    .split(' ')
    .filter((token) => !/^[.,;:!?'"]$/.test(token))
    .join(' ');
}

/** What a reading looks like, found out when it is first asked for: training asks for the verdict alone. */
function shower({ node, tokens }: Reading): () => string {
  let text: string | undefined;
  return () => {
    text ??= node === undefined ? tokens.slice(0, 200) : explain(node);
    return text;
  };
}

function accept(
  rule: string,
  wanted: Extraction,
  given: Extraction,
  goldReading: () => string,
  responseReading: () => string,
  budget: Budget,
): AnswerVerdict {
  const reason = () => `${responseReading()} is the gold answer ${goldReading()} (${rule}).`;
  const texts = { gold: wanted.answer, response: given.answer };
  return verdict(true, rule, texts, { reason, goldReading, responseReading }, budget.spent);
}

function refuse(
  rule: string,
  reason: string,
  gold: string,
  response: string,
  steps: number,
): AnswerVerdict {
  const nothing = () => '';
  const words = { reason: () => reason, goldReading: nothing, responseReading: nothing };
  return verdict(false, rule, { gold, response }, words, steps);
}

/** A verdict whose words are put together when they are read. */
function verdict(
  correct: boolean,
  rule: string,
  { gold, response }: { readonly gold: string; readonly response: string },
  words: Readonly<Record<'reason' | 'goldReading' | 'responseReading', () => string>>,
  steps: number,
): AnswerVerdict {
  return {
    correct,
    rule,
    get reason() {
      return words.reason();
    },
    extracted: { gold: [gold.slice(0, 500)], response: [response.slice(0, 500)] },
    get goldReading() {
      return words.goldReading();
    },
    get responseReading() {
      return words.responseReading();
    },
    steps,
  };
}

function extractLetter(
  response: string,
  options: VerifyOptions,
  reads: (text: string) => boolean,
): Extraction {
  const given = extractResponse(response, options, reads);
  if (given.source === 'box' || given.source === 'hash') return given;
  if (given.source === 'bare' && optionLabel(given.answer) !== undefined) return given;
  if (given.source === 'none' && given.answer === '' && response.includes('<think>')) return given;
  const letters = [...'ABCDEFGHIJ'];
  const choice = findChoice(response.slice(-20_000), letters);
  return choice === undefined ? given : { answer: choice, source: 'anchor' };
}

function afterLastEquals(answer: string): string | undefined {
  const at = answer.lastIndexOf('=');
  if (at < 1 || '<>!:'.includes(answer[at - 1] ?? '')) return undefined;
  const result = answer.slice(at + 1);
  let depth = 0;
  for (const character of result) {
    if (character === '{') depth++;
    if (character === '}' && --depth < 0) return undefined;
  }
  return depth === 0 && result.trim() !== '' ? result : undefined;
}

const COMMA_LANGUAGES: ReadonlySet<string> = new Set(
  'french german spanish italian portuguese russian ukrainian polish dutch turkish vietnamese indonesian fr de es it pt ru uk pl nl tr vi id'.split(
    ' ',
  ),
);

function usesDecimalComma(lang: string | undefined): boolean {
  return lang !== undefined && COMMA_LANGUAGES.has(lang.toLowerCase());
}
