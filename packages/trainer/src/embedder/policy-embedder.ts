import type { Embedder } from '@taskspace/core';
import type { TrainingBackend } from '../backend/backend.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import { embedDistinct } from './embed-distinct.ts';

/**
 * Embeds a text by the mean of the reference policy's last hidden state over the text's tokens, read by itself. Where no
 * reference is kept moving (klCoefficient 0) that is the policy the run began with, for good. Needs no download.
 *
 * Longer texts than the policy's context are cut at its end; an empty one is read as the token that ends a response.
 */
export function createPolicyEmbedder(
  backend: Pick<TrainingBackend, 'embed' | 'embeddingWidth' | 'contextLength'>,
  tokenizer: Pick<Tokenizer, 'encode' | 'eosIds'>,
): Embedder {
  const { embeddingWidth: width, contextLength } = backend;
  const tokensOf = (text: string): Int32Array => {
    const ids = tokenizer.encode(text).slice(0, contextLength);
    return Int32Array.from(ids.length > 0 ? ids : tokenizer.eosIds.slice(0, 1));
  };
  return {
    id: `policy, mean of the last hidden state, width ${width}`,
    width,
    embed: (texts, signal) =>
      embedDistinct(texts, async (distinct) => {
        signal?.throwIfAborted();
        return backend.embed(distinct.map(tokensOf));
      }),
  };
}
