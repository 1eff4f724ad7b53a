/**
 * Embeds texts with an encoder of the BERT family on the CPU: the mean over all tokens, begin and end included, of its last hidden
 * state, at Euclidean length 1. Texts of similar length share a batch.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError, type Embedder } from '@taskspace/core';
import { describeCpu } from '../engine/device.ts';
import { unit } from '../engine/fixed-rounds.ts';
import { type MicroBatch, planMicroBatches } from '../engine/micro-batches.ts';
import { embedDistinct } from './embed-distinct.ts';
import { openFolder, openOnnxFile } from './encoder-session.ts';
import { loadEncoderTokenizer } from './encoder-tokenizer.ts';

/** An embedder that holds a session. */
export interface EncoderEmbedder extends Embedder, AsyncDisposable {}

/** What {@link createEncoderEmbedder} opens. */
export interface EncoderOptions {
  /** A Hugging Face folder with model.safetensors, or an ONNX file beside its tokenizer.json. */
  readonly path: string;
  /** Threads of one operator; 0 is one per core. */
  readonly threads: number;
  /** Most tokens of a text; left out, the tokenizer's own limit. */
  readonly maxTokens?: number | undefined;
}

/** Most positions of one batch, padding included. */
const BATCH_TOKENS = 4096;

/**
 * Opens an encoder.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it.
 */
export async function createEncoderEmbedder(options: EncoderOptions): Promise<EncoderEmbedder> {
  const { path, threads, maxTokens } = options;
  const isFolder = await isExistingFolder(path);
  const device = describeCpu(threads);
  const session = isFolder ? await openFolder(path, device) : await openOnnxFile(path, device);
  const folder = isFolder ? path : dirname(path);
  const tokenizer = await loadEncoderTokenizer(folder, session.limit, maxTokens);
  const weights = isFolder ? join(path, 'model.safetensors') : path;
  return {
    id: `encoder ${basename(path)}, sha256 ${(await sha256(weights)).slice(0, 16)}, ${tokenizer.limit} tokens`,
    width: session.width,
    embed: (texts, signal) =>
      embedDistinct(texts, async (distinct) => {
        const rows = distinct.map(tokenizer.encode);
        const embeddings: Float32Array[] = [];
        const lengths = rows.map(({ length }) => length);
        for (const batch of planMicroBatches(lengths, BATCH_TOKENS)) {
          signal?.throwIfAborted();
          const length = Math.min(batch.length, tokenizer.limit);
          const means = await session.run(rows, { ...batch, length });
          take(means, session.width, batch, embeddings);
        }
        return embeddings;
      }),
    [Symbol.asyncDispose]: session.release,
  };
}

function take(
  means: Float32Array,
  width: number,
  { rows }: MicroBatch,
  into: Float32Array[],
): void {
  for (const [index, row] of rows.entries()) {
    into[row] = unit(means.subarray(index * width, (index + 1) * width));
  }
}

async function isExistingFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new CheckpointError(
      path,
      'expected a folder in Hugging Face format or an ONNX file, found neither. Correct embedder.path.',
      { cause },
    );
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
