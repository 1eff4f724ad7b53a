/**
 * MLE-Dojo's form: the policy asks for information, tries programs and reads feedback over several turns. It differs in
 * that an episode ends (at `finish`, or when the turns are used up), that actions are one line of text, and that what a
 * program left is graded only when it ended well.
 */
import type { Environment, Json, TurnOutcome } from '@taskspace/core';
import type { Competition } from '../competitions/competition.ts';
import { positionScore } from '../competitions/leaderboard.ts';
import type { Judgement } from '../judge.ts';
import { type Action, type InfoType, parseAction } from './action.ts';
import { FAILURE_CAUSES } from './failure-causes.ts';
import {
  type Challenge,
  type EnvironmentParts,
  type EpisodeResult,
  nothing,
  resultOf,
} from './single.ts';

/** What the interactive environment needs beside the single-turn one's parts. */
export interface InteractiveParts extends Pick<EnvironmentParts, 'challenge' | 'judge'> {
  /** Answer to request_info. */
  info(challenge: Challenge, type: InfoType): Promise<string>;
  /** Most actions of an episode; the limit of turns holds too. */
  readonly maxActions: number;
}

/** Over several turns: information, trial runs, graded runs, history. The best graded run counts. */
export function createInteractive(parts: InteractiveParts): Environment {
  return {
    async open(task, { signal, limits }) {
      const challenge = await parts.challenge(task.id);
      const actions = Math.min(parts.maxActions, limits.maxTurns);
      let record = emptyRecord();
      let used = 0;
      return {
        opening: [{ role: 'user', content: instructions(challenge.competition, actions) }],
        async respond(response): Promise<TurnOutcome> {
          used += 1;
          const parsed = parseAction(response);
          const last = used >= actions;
          if ('problem' in parsed) {
            record.lines.push(`${used}. no action (${parsed.problem})`);
            return reply(`Status: error (${parsed.problem})\n${parsed.message}`, last, true);
          }
          const { action } = parsed;
          if (action.name === 'finish') {
            return { messages: [], done: true };
          }
          if (action.name === 'reset') record = { ...emptyRecord(), runs: record.runs };
          const told = await act(parts, challenge, action, { record, used, signal });
          return reply(told.text, last, told.failed);
        },
        result: () => ({ ...record.best, runs: record.runs }) as unknown as Json,
        async [Symbol.asyncDispose]() {},
      };
    },
  };

  function reply(text: string, last: boolean, failed: boolean): TurnOutcome {
    return {
      messages: last ? [] : [{ role: 'user', content: text }],
      done: last,
      feedback: text,
      ...(failed && { failed: true }),
    };
  }
}

interface EpisodeRecord {
  lines: string[];
  best: EpisodeResult;
  runs: number;
}

interface Acting {
  readonly record: EpisodeRecord;
  readonly used: number;
  readonly signal: AbortSignal;
}

function emptyRecord(): EpisodeRecord {
  return { lines: [], best: nothing('no-submission'), runs: 0 };
}

async function act(
  parts: InteractiveParts,
  challenge: Challenge,
  action: Exclude<Action, { name: 'finish' }>,
  { record, used, signal }: Acting,
): Promise<{ readonly text: string; readonly failed: boolean }> {
  if (action.name === 'request_info') {
    record.lines.push(`${used}. request_info ${action.info}`);
    return { text: await parts.info(challenge, action.info), failed: false };
  }
  if (action.name === 'get_history') {
    const history = record.lines.length === 0 ? 'Nothing was done yet.' : record.lines.join('\n');
    return { text: `Status: success\n${history}\n${bestText(record)}`, failed: false };
  }
  if (action.name === 'reset') {
    return { text: 'Status: success\nHistory and best score are cleared.', failed: false };
  }
  if (!('code' in action)) throw new TypeError(`no such action: ${action.name}`);
  const judgement = await parts.judge.run(challenge, action.code, signal);
  record.runs += 1;
  const ranWell = judgement.outcome === 'valid' || judgement.kind === 'invalid-submission';
  if (action.name === 'validate_code') {
    // A trial run tells whether the program runs, not what its predictions are worth.
    record.lines.push(`${used}. validate_code: ${ranWell ? 'runs' : judgement.kind}`);
    return ranWell
      ? { text: `Status: success\nThe program runs.\n${outputText(judgement)}`, failed: false }
      : { text: failureText(judgement), failed: true };
  }
  if (judgement.outcome === 'error') {
    record.lines.push(`${used}. execute_code: ${judgement.kind}`);
    return { text: `${failureText(judgement)}\n${bestText(record)}`, failed: true };
  }
  const quality = positionQuality(judgement, challenge.competition);
  const score = judgement.score!;
  record.lines.push(`${used}. execute_code: score ${format(score)}, position ${format(quality)}`);
  if (!record.best.valid || quality > record.best.quality || beats(score, record, challenge)) {
    record.best = { ...resultOf(judgement, challenge), quality };
  }
  return {
    text: [
      'Status: success',
      outputText(judgement),
      `Score: ${format(score)}`,
      `Position score: ${format(quality)}`,
      bestText(record),
    ].join('\n'),
    failed: false,
  };
}

/** Share of teams reached, averaged over the leaderboards there are; without any, the normalised score. */
export function positionQuality(judgement: Judgement, competition: Competition): number {
  const { leaderboard, publicLeaderboard } = competition;
  const boards = [leaderboard, publicLeaderboard].filter((board) => board !== null);
  const { score } = judgement;
  if (boards.length === 0 || score === undefined) return judgement.reward;
  return boards.reduce((sum, board) => sum + positionScore(score, board), 0) / boards.length;
}

/** Level positions are told apart by the score itself. */
function beats(score: number, { best }: EpisodeRecord, { competition }: Challenge): boolean {
  if (best.score === null) return true;
  return competition.manifest.direction === 'higher' ? score > best.score : score < best.score;
}

function instructions(competition: Competition, actions: number): string {
  return [
    `You are a machine-learning engineer in the competition "${competition.title}". You work on it in at most ${actions} turns, one action a turn.`,
    [
      'Actions, each one line of your reply:',
      '- ACTION: request_info overview (or sample_submission, data_structure, all): read about the competition',
      '- ACTION: validate_code: run the program of your reply and see what it prints, without a score',
      '- ACTION: execute_code: run the program of your reply and have its submission.csv scored; the best score counts',
      '- ACTION: get_history: what was done so far',
      '- ACTION: reset: forget history and scores',
      '- ACTION: finish: end the work',
    ].join('\n'),
    'A program stands in the same reply, between a line ```python and a line ```. It reads the files from the folder named by the environment variable PUBLIC_RESOURCE_PATH and writes submission.csv into the working folder.',
  ].join('\n\n');
}

const OUTPUT = 1500;

function outputText({ stdout, stderr }: Judgement): string {
  const parts = [
    ['Printed', stdout],
    ['Warnings', stderr],
  ] as const;
  return parts
    .filter(([, text]) => text.trim() !== '')
    .map(
      ([title, text]) => `${title}:\n${text.length > OUTPUT ? `${text.slice(0, OUTPUT)}…` : text}`,
    )
    .join('\n');
}

function failureText({ kind = 'crash', trace }: Judgement): string {
  return `Status: error (${kind})\n${trace}\nLikely causes: ${FAILURE_CAUSES[kind]}`;
}

function bestText({ best }: EpisodeRecord): string {
  return best.score === null
    ? 'Best so far: none.'
    : `Best so far: score ${format(best.score)}, position ${format(best.quality)}.`;
}

function format(value: number): string {
  return String(Number(value.toPrecision(6)));
}
