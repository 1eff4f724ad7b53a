import type { Verdict, Verifier } from '@taskspace/core';
import { type EpisodeRecord, recordOf } from '../episode/record.ts';
import type { SessionSource } from '../episode/session.ts';
import { payloadOf, type ToolPayload } from '../payload.ts';
import { checkBfcl } from './bfcl-checker.ts';
import { denseScores } from './dense.ts';
import { checkExit } from './exit-checker.ts';
import { fromRecord, type Played, replay } from './replay.ts';
import type { ToolVerdict } from './verdict.ts';

/** Which rules decide. */
export interface JudgeOptions {
  readonly checker: 'exit' | 'bfcl';
  /** With `exit`: the literal rules of the original, with which some tasks cannot be won. */
  readonly strict: boolean;
}

/** Judges what an episode did for a task. */
export async function judgeEpisode(
  payload: ToolPayload,
  record: EpisodeRecord,
  source: SessionSource,
  { checker, strict }: JudgeOptions,
  signal: AbortSignal,
): Promise<ToolVerdict> {
  const calls = record.requests.map((request) => request.calls);
  const { model, gold } = source.replayable
    ? await playBoth(payload, calls, source, checker === 'bfcl' ? 'each' : 'ends', signal)
    : { model: fromRecord(calls), gold: NOTHING };
  const checks =
    checker === 'exit'
      ? checkExit(payload, model, gold, strict)
      : checkBfcl(payload, model, gold, record);
  return {
    correct: checks.every(({ passed, counted }) => passed || !counted),
    checks,
    scores: denseScores(payload, model, gold),
  };
}

const NOTHING: Played = { requests: [], start: null, end: null };

async function playBoth(
  payload: ToolPayload,
  calls: readonly EpisodeRecord['requests'][number]['calls'][],
  source: SessionSource,
  states: 'each' | 'ends',
  signal: AbortSignal,
): Promise<{ readonly model: Played; readonly gold: Played }> {
  const wanted = payload.requests.map((request) => request.gold);
  return {
    model: await replay(await source.open(payload, signal), calls, signal, states),
    gold: await replay(await source.open(payload, signal), wanted, signal, states),
  };
}

/** The verifier of tool-use tasks. */
export function createVerifier(
  source: SessionSource,
  options: JudgeOptions & { readonly reward: 'binary' | 'dense' },
): Verifier {
  return {
    async verify({ task, result }, { signal }) {
      const payload = payloadOf(task);
      const record = recordOf(result);
      const verdict = await judgeEpisode(payload, record, source, options, signal);
      return toVerdict(verdict, record, options.reward);
    },
  };
}

function toVerdict(
  { correct, checks, scores }: ToolVerdict,
  { requests, ending }: EpisodeRecord,
  reward: 'binary' | 'dense',
): Verdict {
  const { stateDistance, callRecall } = scores;
  // Half for the calls, half for the state; all of it only when correct.
  const partial = 0.45 * callRecall + 0.45 * (1 - stateDistance);
  const failed = checks.filter(({ passed, counted }) => counted && !passed);
  const sum = (of: (request: (typeof requests)[number]) => number) =>
    requests.reduce((total, request) => total + of(request), 0);
  return {
    quality: correct ? 1 : reward === 'dense' ? partial : 0,
    correct,
    feedback: correct
      ? 'Everything asked for was done.'
      : failed.map(({ request, detail }) => `${place(request)}${detail}.`).join('\n'),
    metrics: {
      ...scores,
      calls: sum(({ calls }) => calls.length),
      unreadable: sum(({ unreadable }) => unreadable),
      requestsReached: requests.length,
      gaveUp: ending === 'gave-up' ? 1 : 0,
      checksCounted: checks.filter(({ counted }) => counted).length,
      checksFailed: failed.length,
      ...Object.fromEntries(
        [...new Set(checks.map(({ name }) => name))].map((name) => [
          `${name}Passed`,
          checks.every((check) => check.name !== name || check.passed) ? 1 : 0,
        ]),
      ),
    },
  };
}

function place(request: number | null): string {
  return request === null ? 'At the end ' : `Request ${request + 1}: `;
}
