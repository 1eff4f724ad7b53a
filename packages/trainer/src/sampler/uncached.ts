/**
 * The sampler without its caches: every token costs a whole forward pass of everything before it, and every completion
 * works through its prompt by itself. It is what the cached sampler is tested against and measured beside.
 */
import { Tensor } from 'onnxruntime-node';
import type { Completion, SampleRequest } from '../backend/backend.ts';
import type { TokenBytes } from '../engine/protocol.ts';
import type { DecodeScope } from './decode-batch.ts';
import { createDraw } from './draw.ts';
import { prepareRules, Sequence } from './sequence.ts';

/**
 * Draws the completions of requests, all rows in step until the last has ended.
 *
 * @returns One list of completions per request.
 */
export async function sampleUncached(
  scope: DecodeScope,
  requests: readonly SampleRequest[],
  tokenBytes: TokenBytes | null = null,
): Promise<readonly (readonly Completion[])[]> {
  const draw = createDraw(scope.config.vocabSize);
  const groups = requests.map((request) => {
    const rules = prepareRules(request, tokenBytes);
    return Array.from({ length: request.samples }, (_, index) => ({
      prompt: request.prompt,
      sequence: new Sequence(rules, index),
    }));
  });
  for (;;) {
    const rows = groups.flat().filter(({ sequence }) => !sequence.isDone);
    if (rows.length === 0) break;
    const logits = await forward(
      scope,
      rows.map(({ prompt, sequence }) => [...prompt, ...sequence.tokens]),
    );
    for (const [row, { sequence }] of rows.entries()) {
      sequence.extend(draw, logits, row * scope.config.vocabSize);
    }
  }
  return groups.map((rows) => rows.map(({ sequence }) => sequence.finish()));
}

/** Logits after each sequence, `[B, V]`. */
async function forward(
  { programs, rotations, parameters }: DecodeScope,
  sequences: readonly (readonly number[])[],
): Promise<Float32Array> {
  const width = Math.max(...sequences.map(({ length }) => length));
  const ids = new BigInt64Array(sequences.length * width);
  for (const [row, tokens] of sequences.entries()) ids.set(tokens.map(BigInt), row * width);
  const last = sequences.map(({ length }, row) => BigInt(row * width + length - 1));
  const positions = Float32Array.from({ length: width }, (_, position) => position);
  const program = await programs.prefill();
  const { logits } = await program.run(
    {
      ...parameters(),
      ...rotations.upTo(width),
      ids: new Tensor('int64', ids, [sequences.length, width]),
      last: new Tensor('int64', BigInt64Array.from(last), [sequences.length]),
      positions: new Tensor('float32', positions, [width]),
    },
    { logits: null },
  );
  return logits!.data as Float32Array;
}
