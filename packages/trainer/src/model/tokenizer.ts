/**
 * Text to token ids and back, by the tokenizer files of a Hugging Face model folder.
 *
 * The library that does the work trusts its input: ids that are missing, doubled or enormous make it lose text or hang. So
 * the files are checked here before the library sees them. Two of its defaults are turned off, because a response must be
 * read back as it was sampled: added begin and end tokens, and the tidying of spaces before punctuation.
 */
import { join } from 'node:path';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { CheckpointError, showValue } from '@taskspace/core';
import {
  isJsonObject,
  type JsonObject,
  readJsonObject,
  readJsonObjectIfPresent,
} from './json-file.ts';

/** What every token spells, so that stop strings can be found as tokens arrive. */
export interface TokenBytes {
  /** UTF-8, token i is `bytes[offsets[i] … offsets[i + 1]]`; special tokens spell nothing. */
  readonly bytes: Uint8Array;
  /** `[size + 1]` */
  readonly offsets: Uint32Array;
}

/** A model's tokenizer. */
export interface Tokenizer {
  /** One more than the largest token id. */
  readonly vocabSize: number;
  /** Tokens with a role rather than a text: padding, turns, end. */
  readonly specialIds: ReadonlySet<number>;
  /** Tokens that end a response, the main one first. */
  readonly eosIds: readonly number[];
  /** Texts of tokens with a name, as chat templates use them: `bos_token`, `eos_token`, … */
  readonly namedTokens: Readonly<Record<string, string>>;
  /**
   * Ids of a text, special tokens in it recognised, none added.
   *
   * @throws {@link CheckpointError} when the vocabulary has no token for a part of it.
   */
  encode(text: string): number[];
  /** Text of ids, exactly as spelt; bytes that are not UTF-8 become U+FFFD. Ids without a token stand for nothing. */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecial?: boolean }): string;
  /** @param size - Tokens in the table, the model's vocabulary; ids without a token spell nothing. */
  tokenBytes(size: number): TokenBytes;
}

/**
 * Reads the tokenizer of a model folder: tokenizer.json, tokenizer_config.json, generation_config.json.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, 'tokenizer.json');
  const json = await readJsonObject(path);
  const config = await readJsonObject(join(folder, 'tokenizer_config.json'));
  const generation = await readJsonObjectIfPresent(join(folder, 'generation_config.json'));
  const vocabulary = checkVocabulary(path, json);
  const library = createLibraryTokenizer(path, json, config);
  const { tokens, added, specialIds, vocabSize } = vocabulary;

  const encode = (text: string): number[] => {
    const { ids } = library.encode(text, { add_special_tokens: false });
    if (ids.every(Number.isInteger)) return ids;
    throw new CheckpointError(
      path,
      `expected tokens for every character, got none for a part of ${showValue(text)}. Use a tokenizer that covers all bytes.`,
    );
  };
  tryOut(path, () => encode(SAMPLE).length > 0 && library.decode(encode(SAMPLE)).length > 0);

  const namedTokens = readNamedTokens(config);
  return {
    vocabSize,
    specialIds,
    eosIds: readEosIds(folder, generation, namedTokens, tokens, vocabSize),
    namedTokens,
    encode,
    decode(ids, { skipSpecial = false } = {}) {
      const known = Array.from(ids).filter(
        (id) => id in vocabulary.texts && !(skipSpecial && specialIds.has(id)),
      );
      // The library refuses an empty list.
      if (known.length === 0) return '';
      return library.decode(known, { clean_up_tokenization_spaces: false });
    },
    tokenBytes: (size) =>
      spellTokens(size, vocabulary.texts, added, specialIds, decoderTypes(json)),
  };
}

/**
 * Checks that a tokenizer and a model were made for each other, as far as sizes can tell. Models may have spare rows, as
 * many pad their vocabulary to a round number.
 *
 * @param modelVocabSize - Rows of the model's embedding.
 * @throws {@link CheckpointError} giving both sizes.
 */
export function assertTokenizerFits(
  folder: string,
  tokenizer: Tokenizer,
  modelVocabSize: number,
): void {
  const { vocabSize } = tokenizer;
  if (vocabSize <= modelVocabSize && vocabSize >= modelVocabSize * LEAST_SHARE_USED) return;
  const came = `${vocabSize} in tokenizer.json and a vocab_size of ${modelVocabSize} in config.json`;
  throw new CheckpointError(
    folder,
    `expected at least as many rows in the model as its tokenizer has tokens, and few to spare, got ${came}. Use the tokenizer the model was trained with.`,
  );
}

interface Vocabulary {
  /** Id of every token, added ones included. */
  readonly tokens: ReadonlyMap<string, number>;
  /** Token of every id, as the file spells it; ids without a token are absent. */
  readonly texts: readonly string[];
  /** Ids of tokens matched as a whole before any splitting. */
  readonly added: ReadonlySet<number>;
  readonly specialIds: ReadonlySet<number>;
  readonly vocabSize: number;
}

const SAMPLE = 'Is 6*7 = 42?';
/** A model that has no token for half of its rows has another model's tokenizer. */
const LEAST_SHARE_USED = 0.5;
/** Far above any vocabulary in use; keeps a damaged id from making a table of gigabytes. */
const MAX_ID = 2 ** 24;
const NAMED_TOKENS = ['bos_token', 'eos_token', 'unk_token', 'pad_token', 'sep_token', 'cls_token'];

function checkVocabulary(path: string, json: JsonObject): Vocabulary {
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
  for (const [token, id] of vocabularyEntries(path, model))
    add(token, id, 'a token of model.vocab');
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

function createLibraryTokenizer(path: string, json: JsonObject, config: JsonObject) {
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  return tryOut(path, () => new LibraryTokenizer({ added_tokens: [], ...parts, ...json }, config));
}

/** Runs what fails with errors of all kinds when the file asks for something the library does not know. */
function tryOut<T>(path: string, run: () => T): T {
  try {
    const result = run();
    if (result !== false) return result;
  } catch (cause) {
    refuse(path, 'a tokenizer that can be built', cause, cause);
  }
  return refuse(path, `tokens for ${showValue(SAMPLE)}`, undefined);
}

function readNamedTokens(config: JsonObject): Record<string, string> {
  const named: Record<string, string> = {};
  for (const name of NAMED_TOKENS) {
    const value = config[name];
    const text = isJsonObject(value) ? value.content : value;
    if (typeof text === 'string') named[name] = text;
  }
  return named;
}

function readEosIds(
  folder: string,
  generation: JsonObject | null,
  namedTokens: Readonly<Record<string, string>>,
  tokens: ReadonlyMap<string, number>,
  vocabSize: number,
): readonly number[] {
  const ids = new Set<number>();
  const generationPath = join(folder, 'generation_config.json');
  for (const id of [generation?.eos_token_id ?? []].flat()) {
    if (!isId(id) || id >= vocabSize) {
      refuse(generationPath, `eos_token_id below ${vocabSize}, the size of the vocabulary`, id);
    }
    ids.add(id);
  }
  const text = namedTokens.eos_token;
  const named = text === undefined ? undefined : tokens.get(text);
  if (text !== undefined && named === undefined) {
    refuse(
      join(folder, 'tokenizer_config.json'),
      'eos_token to be a token of tokenizer.json',
      text,
    );
  }
  if (named !== undefined) ids.add(named);
  if (ids.size === 0) {
    refuse(
      folder,
      'a token that ends a response: eos_token_id in generation_config.json or eos_token in tokenizer_config.json',
      undefined,
    );
  }
  return [...ids];
}

function spellTokens(
  size: number,
  texts: readonly string[],
  added: ReadonlySet<number>,
  specialIds: ReadonlySet<number>,
  decoders: ReadonlySet<string>,
): TokenBytes {
  const spell = speller(decoders);
  const pieces: Uint8Array[] = [];
  const offsets = new Uint32Array(size + 1);
  for (let id = 0; id < size; id++) {
    const text = specialIds.has(id) ? '' : (texts[id] ?? '');
    const piece = added.has(id) ? Buffer.from(text, 'utf8') : spell(text);
    pieces.push(piece);
    offsets[id + 1] = offsets[id]! + piece.length;
  }
  // A copy of its own, because Buffer.concat may share a pool that cannot be transferred to a thread.
  return { bytes: new Uint8Array(Buffer.concat(pieces)), offsets };
}

function speller(decoders: ReadonlySet<string>): (text: string) => Uint8Array {
  if (decoders.has('ByteLevel')) {
    const bytes = byteOfCharacter();
    return (text) => Uint8Array.from([...text].map((character) => bytes.get(character) ?? 0));
  }
  return (text) => {
    const byte = decoders.has('ByteFallback') ? /^<0x([0-9A-F]{2})>$/u.exec(text) : null;
    return byte
      ? Uint8Array.of(Number.parseInt(byte[1]!, 16))
      : Buffer.from(text.replaceAll('▁', ' '));
  };
}

/** The types of a decoder and of those it is a sequence of. */
function decoderTypes({ decoder }: JsonObject): ReadonlySet<string> {
  const parts = isJsonObject(decoder) && Array.isArray(decoder.decoders) ? decoder.decoders : [];
  return new Set([decoder, ...parts].map((part) => (isJsonObject(part) ? String(part.type) : '')));
}

/**
 * Byte-level vocabularies write each byte as one visible character: printable Latin-1 as itself, the other 68 bytes as the
 * characters from U+0100 on, in order.
 */
function byteOfCharacter(): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    bytes.set(String.fromCharCode(printable ? byte : next), byte);
    if (!printable) next += 1;
  }
  return bytes;
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}

function refuse(path: string, expected: string, got: unknown, cause?: unknown): never {
  throw new CheckpointError(
    path,
    `expected ${expected}, got ${showValue(got, 120)}. Use the tokenizer files as their model's makers published them.`,
    cause === undefined ? undefined : { cause },
  );
}
