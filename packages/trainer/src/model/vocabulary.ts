/** The vocabulary of a tokenizer.json, checked before a library that trusts it sees it. */
import { CheckpointError, showValue } from '@taskspace/core';
import { isJsonObject, type JsonObject } from './json-file.ts';

/** Tokens and their ids. */
export interface Vocabulary {
  /** Id of every token, added ones included. */
  readonly tokens: ReadonlyMap<string, number>;
  /** Token of every id, as the file spells it; ids without a token are absent. */
  readonly texts: readonly string[];
  /** Ids of tokens matched as a whole before any splitting. */
  readonly added: ReadonlySet<number>;
  readonly specialIds: ReadonlySet<number>;
  readonly vocabSize: number;
}

/**
 * Checks the vocabulary, merges and added tokens of a tokenizer.json.
 *
 * @throws {@link CheckpointError} naming what cannot be.
 */
export function checkVocabulary(path: string, json: JsonObject): Vocabulary {
  const tokens = new Map<string, number>();
  const texts: string[] = [];
  const add = (token: unknown, id: unknown, where: string): number => {
    if (typeof token !== 'string') refuse(path, `${where} to be text`, token);
    if (!isId(id)) refuse(path, `${where} to have an id from 0 to ${MAX_ID - 1}`, id);
    const other = texts[id] ?? token;
    if (other !== token) refuse(path, `one token with id ${id}`, [other, token]);
    tokens.set(token, id);
    texts[id] = token;
    return id;
  };
  const model = isJsonObject(json.model) ? json.model : refuse(path, 'model', json.model);
  for (const [token, id] of vocabularyEntries(path, model)) {
    add(token, id, 'a token of model.vocab');
  }
  checkMerges(path, model, tokens);

  const added = new Set<number>();
  const specialIds = new Set<number>();
  const addedTokens = json.added_tokens ?? [];
  if (!Array.isArray(addedTokens)) refuse(path, 'added_tokens to be a list', addedTokens);
  for (const token of addedTokens as readonly unknown[]) {
    if (!isJsonObject(token)) refuse(path, 'added_tokens to hold objects', token);
    const id = add(token.content, token.id, 'a token of added_tokens');
    added.add(id);
    if (token.special === true) specialIds.add(id);
  }
  return { tokens, texts, added, specialIds, vocabSize: texts.length };
}

/** Whether a value can be a token's id. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}

/** Throws the error for a tokenizer file that cannot be used. */
export function refuse(path: string, expected: string, got: unknown, cause?: unknown): never {
  throw new CheckpointError(
    path,
    `expected ${expected}, got ${showValue(got, 120)}. Use the tokenizer files as their model's makers published them.`,
    cause === undefined ? undefined : { cause },
  );
}

/** Far above any vocabulary in use; keeps a damaged id from making a table of gigabytes. */
const MAX_ID = 2 ** 24;

/** Tokens and ids of any of the three kinds of model; Unigram lists pairs of token and score. */
function vocabularyEntries(path: string, { type, vocab }: JsonObject): [unknown, unknown][] {
  if (type !== undefined && !['BPE', 'Unigram', 'WordPiece'].includes(String(type))) {
    refuse(path, 'model.type as BPE, Unigram or WordPiece', type);
  }
  if (Array.isArray(vocab)) {
    return vocab.map((pair, id) => [Array.isArray(pair) ? pair[0] : pair, id]);
  }
  if (isJsonObject(vocab)) return Object.entries(vocab);
  return refuse(path, 'model.vocab as a map from tokens to ids', vocab);
}

/** A merge whose result is no token would make the library drop text without a word. */
function checkMerges(path: string, model: JsonObject, tokens: ReadonlyMap<string, number>): void {
  const { merges, continuing_subword_prefix: prefix } = model;
  if (merges === undefined) return;
  if (!Array.isArray(merges)) refuse(path, 'model.merges to be a list', merges);
  for (const merge of merges as readonly unknown[]) {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    const [left, right] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    const joined =
      typeof prefix === 'string'
        ? `${left}${String(right).slice(prefix.length)}`
        : `${left}${right}`;
    if (![left, right, joined].every((token) => tokens.has(token))) {
      refuse(path, 'model.merges to join two tokens into a third', merge);
    }
  }
}
