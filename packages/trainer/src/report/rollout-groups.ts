import { join } from 'node:path';
import type { Json } from '@taskspace/core';
import type { Tokenizer } from '../model/tokenizer.ts';
import { parseLines, type RunRecord, readIfPresent } from './read-run.ts';
import { evenly } from './thin.ts';

/** A stretch of a rollout: what stood in the conversation, or what the policy sampled, token by token. */
export type Stretch =
  | { readonly sampled: false; readonly text: string }
  | { readonly sampled: true; readonly tokens: readonly SampledToken[] };

/** One sampled token. */
export interface SampledToken {
  readonly text: string;
  /** Natural logarithm; null when it was not logged. */
  readonly logprob: number | null;
}

/** A rollout as the report shows it. */
export interface ShownRollout {
  readonly id: string;
  readonly quality: number | null;
  readonly correct: boolean;
  readonly reward: number | null;
  readonly advantage: number | null;
  readonly trained: boolean;
  readonly truncated: boolean;
  readonly ending: string;
  readonly feedback: string;
  /** Sampled tokens, shown or not. */
  readonly tokens: number;
  readonly stretches: readonly Stretch[];
  /** What the policy said, for the map. */
  readonly said: string;
}

/** The rollouts of one instance. */
export interface ShownGroup {
  /** `<iteration>/<group>` */
  readonly id: string;
  /** 0-based. */
  readonly iteration: number;
  readonly domain: string;
  readonly task: string;
  readonly category: string;
  readonly mode: string;
  readonly depth: number;
  /** The rollout it starts from; empty for a base task. */
  readonly origin: string;
  /** Quality of that rollout. */
  readonly startQuality: number | null;
  /** What the policy read first. */
  readonly request: string;
  readonly rollouts: readonly ShownRollout[];
  readonly failures: readonly { readonly kind: string; readonly message: string }[];
}

/** Logged groups of a run, and of how many files they are. */
export interface RolloutSample {
  readonly groups: readonly ShownGroup[];
  readonly filesRead: number;
  readonly files: number;
}

/** Texts are cut here; what is cut is counted in their place. */
const MOST_CHARACTERS = 4000;
const MOST_TOKENS = 1500;
const MOST_NAME = 120;

/**
 * Reads groups that a run logged: all of them, or of evenly spaced iterations when there are more than `limit`.
 *
 * @param tokenizer - Of the policy; null when it is not at hand: responses then stand for their tokens.
 */
export async function readGroups(
  run: RunRecord,
  tokenizer: Tokenizer | null,
  limit: number,
): Promise<RolloutSample> {
  const { rolloutFiles } = run;
  const groups: ShownGroup[] = [];
  const first = rolloutFiles[0];
  const perFile = first === undefined ? 1 : Math.max(1, (await groupsOf(run, first, null)).length);
  const chosen = evenly(rolloutFiles, Math.max(2, Math.floor(limit / perFile)));
  for (const file of chosen) {
    if (groups.length >= limit) break;
    groups.push(...(await groupsOf(run, file, tokenizer)));
  }
  return {
    groups: groups.slice(0, limit),
    filesRead: chosen.length,
    files: rolloutFiles.length,
  };
}

type Line = { readonly [key: string]: Json };

async function groupsOf(
  { path }: RunRecord,
  file: string,
  tokenizer: Tokenizer | null,
): Promise<ShownGroup[]> {
  const iteration = Number.parseInt(file, 10);
  const lines = parseLines(await readIfPresent(join(path, 'rollouts', file)));
  const byGroup = Map.groupBy(lines, groupNumber);
  return [...byGroup].flatMap(([number, own]) =>
    number === null ? [] : [groupOf(`${iteration}/${number}`, iteration, own, tokenizer)],
  );
}

/** Lines of runs before groups were numbered carry the number in the rollout's id. */
function groupNumber({ group, id }: Line): number | null {
  if (typeof group === 'number') return group;
  const named = /^\d+\/(\d+)\/\d+$/u.exec(textOf(id));
  return named ? Number(named[1]) : null;
}

function groupOf(
  id: string,
  iteration: number,
  lines: readonly Line[],
  tokenizer: Tokenizer | null,
): ShownGroup {
  const first = lines[0]!;
  const played = lines.filter(({ failure }) => !failure);
  const start = objectOf(first.start);
  return {
    id,
    iteration,
    domain: nameOf(first.domain),
    task: nameOf(first.task),
    category: nameOf(first.category),
    mode: nameOf(first.mode),
    depth: numberOf(first.depth) ?? 0,
    origin: nameOf(start.origin),
    startQuality: numberOf(start.quality),
    request: cut(requestOf(played[0])),
    rollouts: played.map((line) => rolloutOf(line, tokenizer)),
    failures: lines.flatMap(({ failure }) => {
      const { kind, message } = objectOf(failure);
      return failure ? [{ kind: nameOf(kind), message: cut(textOf(message)) }] : [];
    }),
  };
}

/** The messages up to the first response. */
function requestOf(line: Line | undefined): string {
  const turn = objectOf(listOf(line?.turns)[0]);
  return listOf(turn.request)
    .map(objectOf)
    .map(({ role, content }) => `${textOf(role)}: ${textOf(content)}`)
    .join('\n\n');
}

function rolloutOf(line: Line, tokenizer: Tokenizer | null): ShownRollout {
  const sequences = listOf(line.sequences).map(objectOf);
  const masks = sequences.map(({ lossMask }) => listOf(lossMask));
  const said = listOf(line.turns).map((turn) => textOf(objectOf(turn).response));
  const logged = sequences.some(({ tokens }) => listOf(tokens).length > 0);
  const stretches =
    tokenizer && logged
      ? sequences.flatMap((sequence) => stretchesOf(sequence, tokenizer))
      : said.map(
          (text): Stretch => ({ sampled: true, tokens: [{ text: cut(text), logprob: null }] }),
        );
  return {
    id: textOf(line.id),
    quality: numberOf(line.quality),
    correct: line.correct === true,
    reward: numberOf(line.reward),
    advantage: numberOf(line.advantage),
    trained: line.trained === true,
    truncated: line.truncated === true,
    ending: textOf(line.ending),
    feedback: cut(textOf(line.feedback)),
    tokens: masks.flat().filter((bit) => bit === 1).length,
    stretches: withinLimit(stretches),
    said: said.join('\n'),
  };
}

function stretchesOf(sequence: Line, tokenizer: Tokenizer): Stretch[] {
  const ids = listOf(sequence.tokens).map((id) => (Number.isSafeInteger(id) ? (id as number) : -1));
  const mask = listOf(sequence.lossMask);
  const logprobs = listOf(sequence.logprobs);
  const stretches: Stretch[] = [];
  for (let from = 0; from < ids.length; ) {
    let to = from + 1;
    while (to < ids.length && (mask[to] === 1) === (mask[from] === 1)) to += 1;
    const own = ids.slice(from, to);
    if (mask[from] === 1) {
      const tokens = spell(own, tokenizer).map(({ text, at }) => ({
        text,
        logprob: numberOf(logprobs[from + at]),
      }));
      stretches.push({ sampled: true, tokens });
    } else {
      stretches.push({ sampled: false, text: cut(tokenizer.decode(own)) });
    }
    from = to;
  }
  return stretches;
}

/** Texts of tokens; those that share a character stand together, under the first of them. */
function spell(
  ids: readonly number[],
  tokenizer: Tokenizer,
): { readonly text: string; readonly at: number }[] {
  const spelt: { text: string; at: number }[] = [];
  let from = 0;
  for (let to = 1; to <= ids.length; to++) {
    const text = tokenizer.decode(ids.slice(from, to));
    // A character has at most four bytes; what is still broken after as many tokens was sampled like that.
    if (text.includes('\u{fffd}') && to < ids.length && to - from < 4) continue;
    spelt.push({ text, at: from });
    from = to;
  }
  return spelt;
}

function withinLimit(stretches: readonly Stretch[]): Stretch[] {
  let left = MOST_TOKENS;
  return stretches.map((stretch): Stretch => {
    if (!stretch.sampled) return stretch;
    const tokens = stretch.tokens.slice(0, left);
    left -= tokens.length;
    const more = stretch.tokens.length - tokens.length;
    const note = { text: ` … ${more} more tokens`, logprob: null };
    return { sampled: true, tokens: more > 0 ? [...tokens, note] : tokens };
  });
}

function cut(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS).toWellFormed()} … ${text.length - MOST_CHARACTERS} more characters`;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A name as a page can show it; one that is longer says nothing to a reader. */
function nameOf(value: Json | undefined): string {
  return textOf(value).slice(0, MOST_NAME).toWellFormed();
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: Json | undefined): Line {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Line)
    : {};
}
