import type { IterationPrompts } from '@taskspace/core';
import type { Telling } from '../environment/single.ts';
import type { TargetKind } from './origins.ts';
import type { Variant } from './variant.ts';

const TARGETS: Readonly<Record<TargetKind, string>> = {
  number: 'a number',
  two: '0 or 1',
  many: 'a class',
};

const SCORES: Readonly<Record<TargetKind, string>> = {
  number: 'rmse',
  two: 'auc',
  many: 'accuracy',
};

/**
 * A pocket competition in a few words: the target, the rows, and of each column how much it says of the target (0 to 99),
 * whether its values have a long tail and whether some are missing.
 */
export function pocketPrompt({ kind, columns, train }: Variant): string {
  return [
    `Predict y, ${TARGETS[kind]}, by ${SCORES[kind]}. ${train.length} rows.`,
    ...columns.map(
      ({ name, strength, long, gaps }) =>
        `${name} ${strength}${long ? ' long' : ''}${gaps ? ' gaps' : ''}`,
    ),
  ].join('\n');
}

/** Short requests for rewrites; the competition comes last, as where there is nothing to rewrite. */
export const pocketPrompts: IterationPrompts = {
  improve: (context) => rewrite(context, 'Improve it.'),
  diverge: (context) => rewrite(context, 'Do it another way.'),
  debug: (context) => rewrite(context, 'Correct it.'),
};

function rewrite(
  { request, response, feedback }: Parameters<IterationPrompts['improve']>[0],
  goal: string,
): string {
  // A small policy's prompt must stay short, whatever it wrote before.
  const shown = response.length > 400 ? response.slice(0, 400) : response;
  return [
    'Earlier program:',
    shown,
    ...(feedback === undefined ? [] : [feedback]),
    goal,
    request,
  ].join('\n');
}

/** What is said of a pocket program: the last line of its error, or its worth from 0 to 99. */
export const pocketTelling: Telling = {
  failed: ({ trace, kind = 'crash' }) =>
    kind === 'crash' ? failedText(trace) : `Failed: ${kind.replace('-', ' ')}.`,
  valid: ({ reward }) => worthText(reward),
};

/** What is said of a program of this quality. */
export function worthText(quality: number): string {
  return `Worth ${Math.min(99, Math.round(100 * quality))}.`;
}

/** What is said of a program that crashed with this trace. */
export function failedText(trace: string): string {
  const lines = trace.split('\n').filter((line) => line.trim() !== '');
  const error = lines.findLast((line) => /^\w*(?:Error|Exception|Interrupt)\b/u.test(line));
  const text = error?.replace(/^\w+:\s*/u, '') ?? lines.at(-1) ?? 'no program';
  return `Failed: ${text.slice(0, 80)}.`;
}
