import type { SampleRequest } from '../backend/backend.ts';
import type { TokenBytes } from '../engine/protocol.ts';
import type { DecoderConfig } from '../model/config.ts';
import { SamplingError } from './errors.ts';

/**
 * Refuses what cannot be sampled.
 *
 * @throws {@link SamplingError} saying what was expected and what came.
 */
export function checkRequest(
  { prompt, samples, seed, sampling }: SampleRequest,
  { vocabSize, maxPositions }: DecoderConfig,
  tokenBytes: TokenBytes | null,
): void {
  const { maxTokens, temperature, topP, topK, stopStrings } = sampling;
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  if (prompt.length === 0) refuse('prompt', 'at least one token', 'none', 'Begin with a token.');
  const stranger = prompt.findIndex((token) => token < 0 || token >= vocabSize);
  if (stranger >= 0) {
    const place = `prompt[${stranger}]`;
    refuse(place, `a token below ${vocabSize}`, prompt[stranger], 'Use the model’s own tokenizer.');
  }
  if (!isCount(samples)) refuse('samples', 'an integer from 1', samples, 'Ask for one or more.');
  if (seed >>> 0 !== seed) refuse('seed', 'an unsigned 32-bit integer', seed, 'Use seed >>> 0.');
  if (!isCount(maxTokens)) refuse('maxTokens', 'an integer from 1', maxTokens, 'Raise it.');
  if (!(temperature >= 0 && temperature < Infinity)) {
    refuse('temperature', 'a number from 0', temperature, '0 takes the most likely token.');
  }
  if (!(topP > 0 && topP <= 1)) refuse('topP', 'above 0 and up to 1', topP, '1 is off.');
  if (!Number.isInteger(topK) || topK < 0) refuse('topK', 'an integer from 0', topK, '0 is off.');
  if (stopStrings.includes('')) {
    refuse('stopStrings', 'texts of a character or more', JSON.stringify(stopStrings), 'Drop "".');
  }
  if (stopStrings.length > 0 && tokenBytes === null) {
    const got = 'a model without a tokenizer';
    refuse('stopStrings', 'none', `${got}`, 'Give the engine tokenBytes, or use stopTokens.');
  }
  if (prompt.length + maxTokens > maxPositions) {
    throw new SamplingError(
      'TASKSPACE_ERR_SAMPLING_LENGTH',
      `sample request: expected prompt and completion to fit the model's context of ${maxPositions} tokens, got a prompt of ${prompt.length} and up to ${maxTokens} new ones (${prompt.length + maxTokens}). Shorten the prompt or lower maxTokens.`,
    );
  }
}

function refuse(subject: string, expected: string, got: unknown, hint: string): never {
  throw new SamplingError(
    'TASKSPACE_ERR_SAMPLING_REQUEST',
    `sample request, ${subject}: expected ${expected}, got ${got}. ${hint}`,
  );
}
