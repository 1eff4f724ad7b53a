import type { AnswerVerdict, VerifyOptions } from './options.ts';

/**
 * Whether a response gives the gold answer.
 *
 * @param gold - Reference answer: bare, delimited, boxed or a worked solution; several are alternatives.
 * @param response - What the policy wrote, or a bare answer.
 */
export function verifyAnswer(
  gold: string | readonly string[],
  response: string,
  _options: VerifyOptions = {},
): AnswerVerdict {
  const golds = typeof gold === 'string' ? [gold] : gold;
  const given = extract(response);
  let best: AnswerVerdict | undefined;
  for (const alternative of golds) {
    const wanted = extract(alternative);
    const left = normalise(wanted);
    const right = normalise(given);
    const a = rational(left);
    const b = rational(right);
    const exact = a !== undefined && b !== undefined && a[0] * b[1] === b[0] * a[1];
    const correct = left !== '' && (left === right || exact);
    const verdict: AnswerVerdict = {
      correct,
      rule: left === right ? 'same-text' : 'rational',
      reason: correct ? 'The answers are the same.' : 'The answers differ.',
      extracted: { gold: [wanted], response: [given] },
      goldReading: left,
      responseReading: right,
      steps: 1,
    };
    if (correct) return verdict;
    best ??= verdict;
  }
  return (
    best ?? {
      correct: false,
      rule: 'no-gold',
      reason: 'No gold answer was given.',
      extracted: { gold: [], response: [given] },
      goldReading: '',
      responseReading: '',
      steps: 1,
    }
  );
}

function extract(text: string): string {
  const tail = text.slice(-100_000);
  const boxed = lastBoxed(tail);
  if (boxed !== undefined) return boxed;
  const hashes = tail.lastIndexOf('####');
  if (hashes >= 0) return tail.slice(hashes + 4).split('\n')[0] ?? '';
  const anchor = tail.toLowerCase().lastIndexOf('answer is');
  if (anchor >= 0) return (tail.slice(anchor + 9).split('\n')[0] ?? '').trim().replace(/\.$/, '');
  return tail;
}

function lastBoxed(text: string): string | undefined {
  const start = text.lastIndexOf('\\boxed{');
  if (start < 0) return undefined;
  let depth = 0;
  for (let index = start + 6; index < text.length; index++) {
    if (text[index] === '{') depth++;
    if (text[index] === '}' && --depth === 0) return text.slice(start + 7, index);
  }
  return undefined;
}

function normalise(text: string): string {
  return text
    .trim()
    .replace(/^[:=\s]+/, '')
    .replaceAll(/\\[dt]frac/g, '\\frac')
    .replaceAll(/\\left|\\right|\\[,!;: ]|\\?\$|\s|\*\*/g, '')
    .replaceAll(/\\text\{([^{}]*)\}/g, '$1')
    .replace(/\.$/, '')
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .toLowerCase();
}

function rational(text: string): readonly [bigint, bigint] | undefined {
  if (text.length > 200) return undefined;
  const fraction = /^([+-]?)\\frac\{?(-?\d+)\}?\{?(-?\d+)\}?$/.exec(text);
  const plain = /^([+-]?)(\d+)\/(\d+)$/.exec(text);
  const match = fraction ?? plain;
  if (match) {
    const bottom = BigInt(match[3]!);
    if (bottom === 0n) return undefined;
    const top = BigInt(match[2]!);
    return [match[1] === '-' ? -top : top, bottom];
  }
  const decimal = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (decimal === null || (decimal[2] ?? '') + (decimal[3] ?? '') === '') return undefined;
  const digits = BigInt(`${decimal[2]}${decimal[3] ?? ''}`);
  return [decimal[1] === '-' ? -digits : digits, 10n ** BigInt(decimal[3]?.length ?? 0)];
}
