import { Tensor } from 'onnxruntime-node';
import type { LossKernel, TrainingDatum } from '../backend/backend.ts';
import type { DecoderConfig } from '../model/config.ts';
import { rotationTable } from '../model/rotary.ts';
import type { LossVariant } from '../model/training-graph.ts';
import { type MicroBatch, padRows, padTokens } from './micro-batches.ts';
import type { NamedTensors } from './program.ts';

/** What a graph reads of one micro-batch, as arrays that can go to another thread. */
export interface MicroBatchData {
  readonly rows: number;
  readonly length: number;
  /** `[rows, length]` each, by graph name. */
  readonly integers: Readonly<Record<string, BigInt64Array>>;
  /** `[rows, length]` each, by graph name. */
  readonly floats: Readonly<Record<string, Float32Array>>;
  readonly scalars: Readonly<Record<string, number>>;
  /** Two numbers a feature, `[2, n]` each, by graph name. */
  readonly pairs?: Readonly<Record<string, Float32Array>>;
}

/** Which training graph a kernel needs. */
export function lossVariantOf(kernel: LossKernel): LossVariant {
  if (kernel.name === 'cross-entropy') return 'cross-entropy';
  return kernel.klCoefficient > 0 ? 'clipped-ratio-with-reference' : 'clipped-ratio';
}

/** What the log-probabilities graph reads: token ids and, one place further, targets of sequences `tokens [T + 1]`. */
export function sequenceData(
  sequences: readonly Int32Array[],
  { rows, length }: MicroBatch,
  temperature: number,
): MicroBatchData {
  const ids = rows.map((row) => sequences[row]!.subarray(0, -1));
  const targets = rows.map((row) => sequences[row]!.subarray(1));
  const integers = { ids: padTokens(ids, length), targets: padTokens(targets, length) };
  return { rows: rows.length, length, integers, floats: {}, scalars: { temperature } };
}

/** What the embedding graph reads of sequences `tokens [T]`: padding has no share in the mean. */
export function embeddingData(
  sequences: readonly Int32Array[],
  { rows, length }: MicroBatch,
): MicroBatchData {
  const texts = rows.map((row) => sequences[row]!);
  const shares = texts.map((tokens) => new Float32Array(tokens.length).fill(1 / tokens.length));
  const integers = { ids: padTokens(texts, length) };
  const floats = { share: padRows(shares, length, 0) };
  return { rows: rows.length, length, integers, floats, scalars: {} };
}

/** What a kernel's training graph reads; padding gets weight 0. */
export function trainingData(
  batch: readonly TrainingDatum[],
  kernel: LossKernel,
  micro: MicroBatch,
): MicroBatchData {
  const data = micro.rows.map((row) => batch[row]!);
  const perToken = (field: 'weights' | 'advantages' | 'oldLogprobs' | 'referenceLogprobs') => {
    const rows = data.map((datum) => datum[field]!);
    return padRows(rows, micro.length, 0);
  };
  const sequences = batch.map(({ tokens }) => tokens);
  const plain = { ...sequenceData(sequences, micro, 1), scalars: {} };
  if (kernel.name === 'cross-entropy')
    return { ...plain, floats: { weights: perToken('weights') } };
  const { temperature, clipLow, clipHigh, klCoefficient } = kernel;
  const hasReference = klCoefficient > 0;
  return {
    ...plain,
    floats: {
      weights: perToken('weights'),
      advantages: perToken('advantages'),
      oldLogprobs: perToken('oldLogprobs'),
      ...(hasReference ? { referenceLogprobs: perToken('referenceLogprobs') } : {}),
    },
    scalars: { temperature, clipLow, clipHigh, ...(hasReference ? { klCoefficient } : {}) },
  };
}

/** The tensors of a micro-batch, without positions. */
export function dataFeeds({
  rows,
  length,
  integers,
  floats,
  scalars,
  pairs = {},
}: MicroBatchData): NamedTensors {
  const shape = [rows, length];
  return {
    ...mapValues(integers, (ids) => new Tensor('int64', ids, shape)),
    ...mapValues(floats, (numbers) => new Tensor('float32', numbers, shape)),
    ...mapValues(scalars, scalarTensor),
    ...mapValues(pairs, (numbers) => new Tensor('float32', numbers, [2, numbers.length / 2])),
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

/** A float32 tensor without dimensions. */
export function scalarTensor(x: number): Tensor {
  return new Tensor('float32', Float32Array.of(x), []);
}

/** The tensors under other names. */
export function rename(
  tensors: NamedTensors,
  name: (parameter: string) => string,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([parameter, tensor]) => [name(parameter), tensor]),
  );
}

/** The same names with other values. */
export function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  make: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value)]));
}

/** Row after row of `[rows, length]` numbers, cut to its sequence, put at its place in the batch. */
export function unpadRows(
  numbers: Float32Array,
  { rows, length }: MicroBatch,
  sequences: readonly Int32Array[],
  into: Float32Array[],
): void {
  for (const [index, row] of rows.entries()) {
    const start = index * length;
    into[row] = numbers.slice(start, start + sequences[row]!.length - 1);
  }
}
