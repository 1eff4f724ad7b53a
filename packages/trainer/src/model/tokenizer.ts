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
import { type GenerationConfig, readGenerationConfig } from './generation-config.ts';
import { isJsonObject, type JsonObject, readJsonObject } from './json-file.ts';
import { spellTokens, type TokenBytes } from './token-bytes.ts';
import { checkVocabulary, isId, refuse } from './vocabulary.ts';

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
 * Reads the tokenizer of a model folder: tokenizer.json, tokenizer_config.json, and what {@link readGenerationConfig} says of
 * the ends of responses.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, 'tokenizer.json');
  const json = await readJsonObject(path);
  const config = await readJsonObject(join(folder, 'tokenizer_config.json'));
  const generation = await readGenerationConfig(folder);
  const vocabulary = checkVocabulary(path, json);
  const library = createLibraryTokenizer(path, json, config);
  const { tokens, specialIds, vocabSize } = vocabulary;

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
    tokenBytes: (size) => spellTokens(size, vocabulary, json),
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

const SAMPLE = 'Is 6*7 = 42?';
/** A model that has no token for half of its rows has another model's tokenizer. */
const LEAST_SHARE_USED = 0.5;
const NAMED_TOKENS = ['bos_token', 'eos_token', 'unk_token', 'pad_token', 'sep_token', 'cls_token'];

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
  { eosTokenIds, eosSource }: GenerationConfig,
  namedTokens: Readonly<Record<string, string>>,
  tokens: ReadonlyMap<string, number>,
  vocabSize: number,
): readonly number[] {
  const ids = new Set<number>();
  for (const id of eosTokenIds) {
    if (!isId(id) || id >= vocabSize) {
      refuse(eosSource, `eos_token_id below ${vocabSize}, the size of the vocabulary`, id);
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
