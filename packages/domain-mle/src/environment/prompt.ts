import type { IterationPrompts, RewriteContext } from '@taskspace/core';
import type { Competition } from '../competitions/competition.ts';
import { METRICS } from '../metrics/metric.ts';
import { extractCode } from './extract-code.ts';

/** What a prompt says of the place where solutions run. */
export interface Workplace {
  readonly timeoutMs: number;
  /** Versions by import name. */
  readonly packages: Readonly<Record<string, string>>;
  /** Whether solutions are asked to print the score they reach on data they set aside. */
  readonly askForValidation: boolean;
}

/** What a solution is asked for: role, competition, score, files, rules. */
export function competitionPrompt(
  competition: Competition,
  previews: string,
  workplace: Workplace,
): string {
  return [
    'You are a machine-learning engineer. Solve the competition below with one Python program.',
    `## Competition\n\n${competition.description.trim()}`,
    `## Score\n\n${scoreText(competition)}`,
    `## Files\n\n${previews}`,
    `## Rules\n\n${rules(competition, workplace)}`,
  ].join('\n\n');
}

/** How a competition is scored, in a sentence. */
export function scoreText({ manifest }: Competition): string {
  const { description, direction } = METRICS[manifest.metric];
  const k = manifest.metric === 'map-at-k' ? ` (k = ${manifest.k ?? 5})` : '';
  return `${description[0]!.toUpperCase()}${description.slice(1)}${k}; ${direction} is better.`;
}

function rules(competition: Competition, workplace: Workplace): string {
  const { idColumn, targets } = competition.answers;
  const columns = [idColumn, ...targets];
  const named = columns.length > 12 ? [...columns.slice(0, 12), '…'] : columns;
  const like =
    competition.sampleSubmission === null ? '' : `, like ${competition.sampleSubmission}`;
  const packages = Object.entries(workplace.packages).map(
    ([name, version]) => `${name} ${version}`,
  );
  return [
    '- The files lie in the folder named by the environment variable PUBLIC_RESOURCE_PATH. Read them from there; the folder cannot be written to.',
    `- Write submission.csv into the working folder: columns ${named.join(', ')}${like}, one row for every id to predict.`,
    `- The program may run for ${Math.round(workplace.timeoutMs / 1000)} seconds, without network.`,
    ...(packages.length > 0 ? [`- Installed: ${packages.join(', ')}.`] : []),
    ...(workplace.askForValidation
      ? [
          '- Set some training data aside and print, as the last line, "validation: " and the score reached on it.',
        ]
      : []),
    '- Answer with the whole program in one block that starts with ```python and ends with ```.',
  ].join('\n');
}

/** Asks for rewrites of a program; the request carries the competition. */
export const programPrompts: IterationPrompts = {
  improve: (context) =>
    rewrite(
      context,
      'The program below runs. Make its score better: look at what it leaves unused in the data, at the model and at its settings. Keep what works.',
    ),
  debug: (context) =>
    rewrite(
      context,
      'The program below fails. Find the cause in the error, and correct it without giving up what the program is trying to do.',
    ),
  diverge: (context) =>
    rewrite(
      context,
      'The program below is one way to do it. Write one that goes another way: other features, another kind of model, another way of learning. It must run, too.',
      'Say in a sentence or two what the current program does, then what yours does differently in kind, then give your program in one block.',
    ),
};

function rewrite(context: RewriteContext, goal: string, format?: string): string {
  const { request, response, feedback } = context;
  const extracted = extractCode(response);
  const code = 'code' in extracted ? extracted.code : response.slice(0, 20_000);
  return [
    request,
    `## Current program\n\n\`\`\`python\n${code}\n\`\`\``,
    ...(feedback === undefined ? [] : [`## What came of it\n\n${feedback}`]),
    `## Goal\n\n${goal}`,
    ...(format === undefined ? [] : [format]),
  ].join('\n\n');
}
