import { join } from 'node:path';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { readJsonObject, readJsonObjectIfPresent } from '../model/json-file.ts';
import { checkVocabulary, refuse } from '../model/vocabulary.ts';

/** Texts as an encoder reads them: its begin and end tokens added, long ones cut. */
export interface EncoderTokenizer {
  /** Most tokens of a text, begin and end included. */
  readonly limit: number;
  encode(text: string): Int32Array;
}

/**
 * Reads tokenizer.json and, where there is one, tokenizer_config.json.
 *
 * @param modelLimit - Most tokens the model takes.
 * @param wanted - Most tokens asked for; left out, the tokenizer's own limit.
 * @throws {CheckpointError} naming the file and what is wrong in it.
 */
export async function loadEncoderTokenizer(
  folder: string,
  modelLimit: number,
  wanted?: number,
): Promise<EncoderTokenizer> {
  const path = join(folder, 'tokenizer.json');
  const json = await readJsonObject(path);
  const config = (await readJsonObjectIfPresent(join(folder, 'tokenizer_config.json'))) ?? {};
  checkVocabulary(path, json);
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  let library: LibraryTokenizer;
  try {
    library = new LibraryTokenizer({ added_tokens: [], ...parts, ...json }, config);
  } catch (cause) {
    refuse(path, 'a tokenizer that can be built', cause, cause);
  }
  const ids = (text: string): number[] => {
    const encoded = library.encode(text, { add_special_tokens: true }).ids;
    if (encoded.every(Number.isInteger)) return encoded;
    return refuse(path, 'tokens for every text', text);
  };
  const frame = frameOf(ids(''), ids(SAMPLE));
  const limit = Math.min(modelLimit, wanted ?? limitOf(config.model_max_length));
  if (limit <= frame.begin + frame.end) refuse(path, 'room for a text', limit);
  return {
    limit,
    encode(text) {
      const whole = ids(text);
      if (whole.length <= limit) return Int32Array.from(whole);
      const end = whole.slice(whole.length - frame.end);
      return Int32Array.from([...whole.slice(0, limit - frame.end), ...end]);
    },
  };
}

const SAMPLE = 'x';

/** How many tokens stand before and after every text: what an empty one is made of, at both ends of another. */
function frameOf(empty: readonly number[], sample: readonly number[]) {
  for (let begin = empty.length; begin >= 0; begin--) {
    const end = empty.length - begin;
    const fits =
      empty.slice(0, begin).every((id, at) => sample[at] === id) &&
      empty.slice(begin).every((id, at) => sample[sample.length - end + at] === id);
    if (fits) return { begin, end };
  }
  return { begin: 0, end: 0 };
}

/** Tokenizers without a limit of their own give an enormous number or none. */
function limitOf(given: unknown): number {
  return typeof given === 'number' && given >= 1 ? Math.floor(given) : Number.POSITIVE_INFINITY;
}
