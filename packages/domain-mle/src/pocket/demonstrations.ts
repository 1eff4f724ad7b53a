import {
  createRandom,
  type Demonstration,
  type Message,
  pick,
  type RandomStream,
  rewriteRequest,
  type Split,
  type Turn,
} from '@taskspace/core';
import { type PocketProgram, programGrid, programText } from './programs.ts';
import { failedText, pocketPrompts, worthText } from './prompt.ts';
import type { PocketCompetition, PocketCompetitions } from './source.ts';

/** How demonstrations are mixed. */
export interface DemonstrationMix {
  /** Share of answers that are poor or crash. */
  readonly wrongShare: number;
  /** Share of demonstrations that answer a request to rewrite. */
  readonly rewriteShare: number;
}

/** A program of the grid, or one broken on purpose, with what would be said of it. */
interface Attempt {
  readonly text: string;
  readonly quality: number;
  readonly failed: boolean;
  readonly feedback: string;
}

/** Percent of the way from the constant to the best from which a program is shown as a good one. */
const GOOD = 85;

/**
 * Programs for pocket competitions, endlessly, the same for the same seed: good ones by what was measured, poor ones and
 * ones that crash at the rates asked for, and rewrites of each other.
 */
export async function* demonstratePocket(
  competitions: PocketCompetitions,
  split: Split,
  seed: number,
  mix: DemonstrationMix,
): AsyncGenerator<Demonstration> {
  const size = competitions.size(split);
  const random = createRandom(seed).fork('mle demonstrations').fork(split);
  for (let index = 0; size > 0; index++) {
    const stream = random.fork(index);
    const competition = await competitions.at(split, stream.integer(size));
    const request: readonly Message[] = [{ role: 'user', content: competition.prompt }];
    if (stream.next() >= mix.rewriteShare) {
      const attempt =
        stream.next() < mix.wrongShare ? poor(competition, stream) : good(competition, stream);
      yield { messages: request, response: attempt.text };
    } else {
      yield rewrite(competition, request, stream);
    }
  }
}

const DIVERGE_SHARE = 0.2;

function rewrite(
  competition: PocketCompetition,
  request: readonly Message[],
  stream: RandomStream,
): Demonstration {
  const earlier = stream.next() < 0.7 ? poor(competition, stream) : any(competition, stream);
  const mode = !earlier.failed && stream.next() < DIVERGE_SHARE ? 'diverge' : 'improve';
  const turn: Turn = {
    request,
    response: earlier.text,
    iterate: 0,
    feedback: earlier.feedback,
    failed: earlier.failed,
  };
  const better =
    mode === 'diverge'
      ? another(competition, earlier, stream)
      : above(competition, earlier, stream);
  const task = {
    id: competition.variant.id,
    domain: 'mle',
    instruction: competition.prompt,
    payload: null,
  };
  return { messages: rewriteRequest(task, turn, mode, pocketPrompts), response: better.text };
}

function attempts({
  variant,
  measured,
}: PocketCompetition): readonly (Attempt & { program: PocketProgram })[] {
  return programGrid(variant).flatMap((program, place) => {
    const percent = measured.percents[place] ?? -1;
    if (percent < 0) return [];
    const quality = percent / 100;
    return [
      { program, text: programText(program), quality, failed: false, feedback: worthText(quality) },
    ];
  });
}

function good(competition: PocketCompetition, stream: RandomStream): Attempt {
  return pick(
    stream,
    attempts(competition).filter(({ quality }) => quality >= GOOD / 100),
  );
}

function any(competition: PocketCompetition, stream: RandomStream): Attempt {
  return pick(stream, attempts(competition));
}

function poor(competition: PocketCompetition, stream: RandomStream): Attempt {
  const all = attempts(competition);
  const low = all.filter(({ quality }) => quality < GOOD / 200);
  if (low.length > 0 && stream.next() < 0.6) return pick(stream, low);
  return broken(competition, pick(stream, all).program, stream);
}

function above(competition: PocketCompetition, earlier: Attempt, stream: RandomStream): Attempt {
  const better = attempts(competition).filter(
    ({ quality, text }) =>
      text !== earlier.text && quality >= Math.max(earlier.quality, GOOD / 100),
  );
  // Nothing better is known: keep it.
  return better.length === 0 ? earlier : pick(stream, better);
}

function another(competition: PocketCompetition, earlier: Attempt, stream: RandomStream): Attempt {
  const family = (text: string) => /m = (\w+)/u.exec(text)?.[1];
  const others = attempts(competition).filter(({ text }) => family(text) !== family(earlier.text));
  const decent = others.filter(({ quality }) => quality >= GOOD / 200);
  return pick(stream, decent.length > 0 ? decent : others);
}

/** A program that fails in one of the ways beginners' programs do, with the words its failure brings. */
function broken(
  { variant }: PocketCompetition,
  program: PocketProgram,
  stream: RandomStream,
): Attempt {
  const failed = (text: string, error: string): Attempt => ({
    text,
    quality: 0,
    failed: true,
    feedback: failedText(error),
  });
  const text = programText(program);
  const gap = variant.columns.find(
    ({ name, gaps }) => gaps && (program.columns.length === 0 || program.columns.includes(name)),
  );
  if (gap !== undefined && stream.integer(2) === 0) {
    const unfilled = programText({
      ...program,
      steps: program.steps.filter((step) => step !== 'fill'),
    });
    return failed(unfilled, `ValueError: gaps in ${gap.name}`);
  }
  if (variant.kind === 'number' && stream.integer(3) === 0) {
    return failed(programText({ ...program, model: 'bayes()' }), 'ValueError: y is a number');
  }
  if (stream.integer(2) === 0) {
    const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const unknown =
      letters[variant.columns.length + stream.integer(letters.length - variant.columns.length)]!;
    return failed(
      programText({ ...program, columns: [variant.columns[0]!.name, unknown] }),
      `ValueError: no column ${unknown}`,
    );
  }
  return failed(text.replace('m = ', 'n = '), "NameError: name 'm' is not defined");
}
