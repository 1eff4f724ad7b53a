import type { Environment, Json, Verdict, Verifier } from '@taskspace/core';
import type { Judge, Judgement, Runnable } from '../judge.ts';
import { extractCode } from './extract-code.ts';

/** A competition as the environments need it. */
export interface Challenge extends Runnable {
  /** What the policy is asked. */
  prompt(): Promise<string>;
  /** Whether a response without a code fence is taken as a program. */
  readonly bare: boolean;
}

/** How outcomes are told. */
export interface Telling {
  /** Said of a program that failed. */
  failed(judgement: Judgement): string;
  /** Said of a program that worked; null for nothing. */
  valid(judgement: Judgement, challenge: Challenge): string | null;
}

/** What an environment is made from. */
export interface EnvironmentParts {
  challenge(taskId: string): Promise<Challenge>;
  readonly judge: Judge;
  readonly telling: Telling;
}

/** What an episode leaves for the verifier. */
export interface EpisodeResult {
  readonly quality: number;
  readonly valid: boolean;
  /** Why there is no valid submission: a kind of failure, or what is wrong with the response. */
  readonly problem: string | null;
  readonly score: number | null;
  readonly medal: string | null;
  /** What the program said it reached on data it had set aside, higher being better. */
  readonly validationScore: number | null;
  readonly runs: number;
}

/** One turn: the response is a program, which is run and graded. */
export function createSingleTurn({
  challenge: find,
  judge,
  telling,
}: EnvironmentParts): Environment {
  return {
    async open(task, { signal }) {
      const challenge = await find(task.id);
      const content = await challenge.prompt();
      let result: EpisodeResult = nothing('no-response');
      return {
        opening: [{ role: 'user', content }],
        async respond(response) {
          const extracted = extractCode(response, challenge);
          if ('problem' in extracted) {
            result = nothing(extracted.problem);
            return { messages: [], done: true, failed: true, feedback: extracted.message };
          }
          const judgement = await judge.run(challenge, extracted.code, signal);
          result = resultOf(judgement, challenge);
          if (judgement.outcome === 'error') {
            return { messages: [], done: true, failed: true, feedback: telling.failed(judgement) };
          }
          const feedback = telling.valid(judgement, challenge);
          return { messages: [], done: true, ...(feedback !== null && { feedback }) };
        },
        result: () => ({ ...result }) as unknown as Json,
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}

/**
 * Judges an episode by what it left.
 *
 * @param solvedAt - Quality from which a competition counts as solved.
 */
export function createVerifier(solvedAt: number): Verifier {
  return {
    verify({ result }): Verdict {
      const { quality, valid, problem, score, validationScore, runs } =
        result as unknown as EpisodeResult;
      return {
        quality,
        correct: valid && quality >= solvedAt,
        ...(problem !== null && { feedback: `No valid submission: ${problem}.` }),
        metrics: {
          valid: valid ? 1 : 0,
          runs,
          // Always there, so that solutions without one can be compared: they come last.
          validationScore: validationScore ?? -Number.MAX_VALUE,
          ...(score !== null && { score }),
        },
      };
    },
  };
}

/** The result of an episode in which nothing was graded. */
export function nothing(problem: string): EpisodeResult {
  return {
    quality: 0,
    valid: false,
    problem,
    score: null,
    medal: null,
    validationScore: null,
    runs: 0,
  };
}

/** The result of an episode whose last word is one judgement. */
export function resultOf(judgement: Judgement, { competition }: Runnable, runs = 1): EpisodeResult {
  const valid = judgement.outcome === 'valid';
  const printed = valid ? printedScore(judgement.stdout) : null;
  const sign = competition.manifest.direction === 'higher' ? 1 : -1;
  return {
    quality: judgement.reward,
    valid,
    problem: valid ? null : (judgement.kind ?? 'error'),
    score: judgement.score ?? null,
    medal: judgement.medal ?? null,
    validationScore: printed === null ? null : sign * printed,
    runs,
  };
}

/** The number of the last line `validation: <number>` that a program printed; null when there is none. */
export function printedScore(stdout: string): number | null {
  const lines = [...stdout.matchAll(/^\s*validation:\s*([+-]?[\d.]+(?:e[+-]?\d+)?)\s*$/gimu)];
  const value = Number(lines.at(-1)?.[1] ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}
