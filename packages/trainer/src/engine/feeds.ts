import { Tensor } from 'onnxruntime-node';
import type { LossKernel, TrainingDatum } from '../backend/backend.ts';
import type { DecoderConfig } from '../model/config.ts';
import { rotationTable } from '../model/rotary.ts';
import type { LossVariant } from '../model/training-graph.ts';
import { type MicroBatch, padRows, padTokens } from './micro-batches.ts';
import type { NamedTensors } from './program.ts';

/** Which training graph a kernel needs. */
export function lossVariantOf(kernel: LossKernel): LossVariant {
  if (kernel.name === 'cross-entropy') return 'cross-entropy';
  return kernel.klCoefficient > 0 ? 'clipped-ratio-with-reference' : 'clipped-ratio';
}

/** Token ids and, one place further, targets of whole sequences `tokens [T + 1]`. */
export function tokenFeeds(
  sequences: readonly Int32Array[],
  { rows, length }: MicroBatch,
): NamedTensors {
  const shape = [rows.length, length];
  const ids = rows.map((row) => sequences[row]!.subarray(0, -1));
  const targets = rows.map((row) => sequences[row]!.subarray(1));
  return {
    ids: new Tensor('int64', padTokens(ids, length), shape),
    targets: new Tensor('int64', padTokens(targets, length), shape),
  };
}

/** Positions and rotations of `length` tokens, remembered by length: batches come in few lengths. */
export function createPositionFeeds(config: DecoderConfig): (length: number) => NamedTensors {
  const half = config.headDim / 2;
  const known = new Map<number, NamedTensors>();
  return (length) => {
    const remembered = known.get(length);
    if (remembered) return remembered;
    const positions = Float32Array.from({ length }, (_, position) => position);
    const { cos, sin } = rotationTable(config, positions);
    const feeds = {
      positions: new Tensor('float32', positions, [length]),
      cos: new Tensor('float32', cos, [length, half]),
      sin: new Tensor('float32', sin, [length, half]),
    };
    known.set(length, feeds);
    return feeds;
  };
}

/** What the loss of a micro-batch reads, token by token; padding gets weight 0. */
export function lossFeeds(
  batch: readonly TrainingDatum[],
  kernel: LossKernel,
  { rows, length }: MicroBatch,
): NamedTensors {
  const perToken = (field: 'weights' | 'advantages' | 'oldLogprobs' | 'referenceLogprobs') =>
    new Tensor(
      'float32',
      padRows(
        rows.map((row) => batch[row]![field]!),
        length,
        0,
      ),
      [rows.length, length],
    );
  if (kernel.name === 'cross-entropy') return { weights: perToken('weights') };
  return {
    weights: perToken('weights'),
    advantages: perToken('advantages'),
    oldLogprobs: perToken('oldLogprobs'),
    temperature: scalarTensor(kernel.temperature),
    clipLow: scalarTensor(kernel.clipLow),
    clipHigh: scalarTensor(kernel.clipHigh),
    ...(kernel.klCoefficient > 0
      ? {
          referenceLogprobs: perToken('referenceLogprobs'),
          klCoefficient: scalarTensor(kernel.klCoefficient),
        }
      : {}),
  };
}

/** A float32 tensor without dimensions. */
export function scalarTensor(x: number): Tensor {
  return new Tensor('float32', Float32Array.of(x), []);
}

/** Row after row of a `[rows, length]` tensor, cut to its sequence, put at its place in the batch. */
export function unpadRows(
  tensor: Tensor,
  { rows, length }: MicroBatch,
  sequences: readonly Int32Array[],
  into: Float32Array[],
): void {
  const data = tensor.data as Float32Array;
  for (const [index, row] of rows.entries()) {
    const start = index * length;
    into[row] = data.slice(start, start + sequences[row]!.length - 1);
  }
}
