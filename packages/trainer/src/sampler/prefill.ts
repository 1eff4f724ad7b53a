import { Tensor } from 'onnxruntime-node';
import type { NamedTensors } from '../engine/program.ts';
import { prefillLength, prefillRows } from './cache-layout.ts';
import type { DecodeScope } from './decode-batch.ts';
import { disposeTensors } from './programs.ts';

/** What a prefill gives. */
export interface Prefilled {
  /** After prompt i: `logits[i · V … (i + 1) · V]`. */
  readonly logits: Float32Array;
  /** `fresh.…` of every layer. */
  readonly fresh: NamedTensors;
  /** Columns of the fresh tensors. */
  readonly width: number;
  dispose(): void;
}

/**
 * Runs prompts of one padded length, at most `prefillRows` of them. The run's shape depends on that length alone, rows to spare
 * are filled with the first prompt, so that what a prompt gives does not depend on who comes along.
 */
export async function prefill(
  { programs, rotations, parameters }: DecodeScope,
  prompts: readonly Int32Array[],
): Promise<Prefilled> {
  const width = prefillLength(prompts[0]!.length);
  const rows = prefillRows(width);
  const ids = new BigInt64Array(rows * width);
  const last = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) {
    const prompt = prompts[row] ?? prompts[0]!;
    for (let index = 0; index < prompt.length; index++) {
      ids[row * width + index] = BigInt(prompt[index]!);
    }
    last[row] = BigInt(row * width + prompt.length - 1);
  }
  const positions = Float32Array.from({ length: width }, (_, position) => position);
  const program = await programs.prefill();
  const { logits, ...fresh } = await program.run({
    ...parameters(),
    ...rotations.upTo(width),
    ids: new Tensor('int64', ids, [rows, width]),
    last: new Tensor('int64', last, [rows]),
    positions: new Tensor('float32', positions, [width]),
  });
  return {
    logits: logits!.data as Float32Array,
    fresh,
    width,
    dispose: () => disposeTensors(fresh),
  };
}
