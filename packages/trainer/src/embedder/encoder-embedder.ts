import { type Embedder, TaskspaceError } from '@taskspace/core';

/** An embedder that holds a session. */
export interface EncoderEmbedder extends Embedder, AsyncDisposable {}

/** What {@link createEncoderEmbedder} opens. */
export interface EncoderOptions {
  readonly path: string;
  readonly threads: number;
  readonly maxTokens?: number | undefined;
}

/** Opens an encoder of the BERT family. */
export async function createEncoderEmbedder({ path }: EncoderOptions): Promise<EncoderEmbedder> {
  throw new TaskspaceError(
    'TASKSPACE_ERR_EMBEDDER',
    `${path}: expected an encoder that can be opened, there is no reader for it yet. Use embedder policy.`,
  );
}
