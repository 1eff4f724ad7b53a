import { ShapeError } from '@taskspace/core';
import type { LossKernel, TrainingDatum } from '../backend/backend.ts';
import type { DecoderConfig } from '../model/config.ts';

/**
 * Checks a token sequence before it reaches a graph, where a wrong id would fail without saying which.
 *
 * @throws {@link ShapeError} naming the sequence.
 */
export function checkSequence(
  subject: string,
  tokens: Int32Array,
  { vocabSize, maxPositions }: DecoderConfig,
): void {
  if (tokens.length < 2 || tokens.length > maxPositions + 1) {
    throw new ShapeError(
      subject,
      `2 to ${maxPositions + 1} tokens (the context length is ${maxPositions})`,
      [tokens.length],
      'Drop or shorten the sequence.',
    );
  }
  checkIds(subject, tokens, vocabSize);
}

/**
 * Checks the tokens of a text that is only read.
 *
 * @throws {@link ShapeError} naming the sequence.
 */
export function checkText(
  subject: string,
  tokens: Int32Array,
  { vocabSize, maxPositions }: DecoderConfig,
): void {
  if (tokens.length < 1 || tokens.length > maxPositions) {
    throw new ShapeError(
      subject,
      `1 to ${maxPositions} tokens (the context length is ${maxPositions})`,
      [tokens.length],
      'Shorten the text.',
    );
  }
  checkIds(subject, tokens, vocabSize);
}

/**
 * Checks what a kernel reads of one datum.
 *
 * @throws {@link ShapeError} naming the datum and the array that is missing or of another length.
 */
export function checkDatum(
  index: number,
  datum: TrainingDatum,
  kernel: LossKernel,
  config: DecoderConfig,
): void {
  const subject = `forwardBackward, datum ${index}`;
  checkSequence(subject, datum.tokens, config);
  const targets = datum.tokens.length - 1;
  const needed: readonly (readonly [string, Float32Array | undefined])[] = [
    ['weights', datum.weights],
    ...(kernel.name === 'clipped-ratio'
      ? ([
          ['advantages', datum.advantages],
          ['oldLogprobs', datum.oldLogprobs],
        ] as const)
      : []),
    ...(kernel.name === 'clipped-ratio' && kernel.klCoefficient > 0
      ? ([['referenceLogprobs', datum.referenceLogprobs]] as const)
      : []),
  ];
  for (const [name, array] of needed) {
    if (array?.length === targets) continue;
    throw new ShapeError(
      subject,
      `${name} of one number per target, [${targets}]`,
      array ? [array.length] : ['nothing'],
      `The ${kernel.name} kernel reads it.`,
    );
  }
}

function checkIds(subject: string, tokens: Int32Array, vocabSize: number): void {
  const wrong = tokens.findIndex((token) => token < 0 || token >= vocabSize);
  if (wrong < 0) return;
  throw new ShapeError(
    `${subject}, token ${wrong}`,
    `an id from 0 to ${vocabSize - 1}`,
    [tokens[wrong]!],
    'Use the tokenizer that belongs to the model.',
  );
}
