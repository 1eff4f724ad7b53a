/** The two ways an encoder comes: as weights whose graph is built here, or as a graph in a file. */
import { dirname, join } from 'node:path';
import { CheckpointError } from '@taskspace/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Device } from '../engine/device.ts';
import { embeddingData } from '../engine/feeds.ts';
import type { MicroBatch } from '../engine/micro-batches.ts';
import { compile } from '../engine/program.ts';
import { readJsonObject, readJsonObjectIfPresent } from '../model/json-file.ts';
import { readSafetensors } from '../model/safetensors.ts';
import { type EncoderConfig, encoderTensors, parseEncoderConfig } from './encoder-config.ts';
import { buildEncoderGraph } from './encoder-graph.ts';

/** An encoder ready to run. */
export interface EncoderSession {
  readonly width: number;
  /** Most tokens of a row. */
  readonly limit: number;
  /** Mean last hidden state of a batch's rows, `[rows, width]`. */
  run(rows: readonly Int32Array[], batch: MicroBatch): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Opens a folder in Hugging Face format.
 *
 * @throws {@link CheckpointError} when its config or its weights cannot be used.
 */
export async function openFolder(folder: string, device: Device): Promise<EncoderSession> {
  const configPath = join(folder, 'config.json');
  const config = parseEncoderConfig(await readJsonObject(configPath), configPath);
  const parameters = await readParameters(join(folder, 'model.safetensors'), config);
  const program = await compile(buildEncoderGraph(config), device);
  const { hiddenSize, positions, firstPosition } = config;
  return {
    width: hiddenSize,
    limit: positions - firstPosition,
    async run(rows, batch) {
      const { integers, floats } = embeddingData(rows, batch);
      const shape = [batch.rows.length, batch.length];
      const places = BigInt64Array.from({ length: batch.length }, (_, t) =>
        BigInt(firstPosition + t),
      );
      const { embedding } = await program.run({
        ...parameters,
        ids: new Tensor('int64', integers.ids!, shape),
        share: new Tensor('float32', floats.share!, shape),
        positions: new Tensor('int64', places, [batch.length]),
      });
      return embedding!.data as Float32Array;
    },
    release: () => program.release(),
  };
}

/**
 * Opens an ONNX file that takes `input_ids`, `attention_mask` and perhaps `token_type_ids`, and gives a hidden state of every
 * token.
 *
 * @throws {@link CheckpointError} when it does not.
 */
export async function openOnnxFile(file: string, device: Device): Promise<EncoderSession> {
  const session = await InferenceSession.create(file, device.sessionOptions).catch(
    (cause: unknown) => {
      throw refuse(file, 'an ONNX file the runtime can open', String(cause), cause);
    },
  );
  const unknown = session.inputNames.filter((name) => !INPUTS.includes(name));
  if (unknown.length > 0 || !session.inputNames.includes('input_ids')) {
    throw refuse(file, `the inputs ${INPUTS.join(', ')}`, session.inputNames.join(', '));
  }
  const output = session.outputNames.includes('last_hidden_state')
    ? 'last_hidden_state'
    : session.outputNames[0]!;
  const hidden = async (rows: readonly Int32Array[], batch: MicroBatch): Promise<Tensor> => {
    const { integers, floats } = embeddingData(rows, batch);
    const shape = [batch.rows.length, batch.length];
    const mask = BigInt64Array.from(floats.share!, (share) => (share > 0 ? 1n : 0n));
    const all = {
      input_ids: new Tensor('int64', integers.ids!, shape),
      attention_mask: new Tensor('int64', mask, shape),
      token_type_ids: new Tensor('int64', new BigInt64Array(mask.length), shape),
    };
    const feeds = Object.entries(all).filter(([name]) => session.inputNames.includes(name));
    const { [output]: result } = await session.run(Object.fromEntries(feeds), [output]);
    if (result?.dims.length === 3 && result.type === 'float32') return result;
    const got = `${result?.type} [${result?.dims.join(', ')}]`;
    throw refuse(file, `${output} as float32 [batch, length, width]`, got);
  };
  const tried = await hidden([Int32Array.of(0)], { rows: [0], length: 1 });
  return {
    width: tried.dims[2]!,
    limit: await positionsBeside(file),
    async run(rows, batch) {
      const { data, dims } = await hidden(rows, batch);
      return means(data as Float32Array, dims[2]!, rows, batch);
    },
    release: () => session.release(),
  };
}

const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'];
/** What most encoders take, for a file that has no config.json beside it. */
const USUAL_POSITIONS = 512;

/** `[rows, length, width]` → the mean of each row's real tokens, `[rows, width]`. */
function means(
  hidden: Float32Array,
  width: number,
  rows: readonly Int32Array[],
  batch: MicroBatch,
): Float32Array {
  const result = new Float32Array(batch.rows.length * width);
  for (const [index, row] of batch.rows.entries()) {
    const { length } = rows[row]!;
    for (let axis = 0; axis < width; axis++) {
      let sum = 0;
      for (let t = 0; t < length; t++) sum += hidden[(index * batch.length + t) * width + axis]!;
      result[index * width + axis] = sum / length;
    }
  }
  return result;
}

async function positionsBeside(file: string): Promise<number> {
  const path = join(dirname(file), 'config.json');
  const json = await readJsonObjectIfPresent(path);
  if (json === null) return USUAL_POSITIONS;
  const { positions, firstPosition } = parseEncoderConfig(json, path);
  return positions - firstPosition;
}

async function readParameters(
  path: string,
  config: EncoderConfig,
): Promise<Readonly<Record<string, Tensor>>> {
  const stored = new Map(
    [...(await readSafetensors(path))].map(([name, tensor]) => [plainName(name), tensor]),
  );
  const parameters: Record<string, Tensor> = {};
  const wrong: string[] = [];
  for (const [name, shape] of encoderTensors(config)) {
    const tensor = stored.get(name);
    if (tensor && tensor.shape.join() === shape.join()) {
      parameters[name] = new Tensor('float32', tensor.data, shape);
    } else wrong.push(`${name} [${shape.join(', ')}]`);
  }
  if (wrong.length === 0) return parameters;
  const expected = `tensors of the shapes config.json says, among them ${wrong.slice(0, 3).join('; ')}`;
  throw refuse(path, expected, `${wrong.length} missing or of another shape`);
}

/** Without the prefix of the class the model was saved from, and with today's names of a norm's parts. */
function plainName(name: string): string {
  return name
    .replace(/^(?:bert|roberta|distilbert)\./u, '')
    .replace(/LayerNorm\.gamma$/u, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/u, 'LayerNorm.bias');
}

function refuse(path: string, expected: string, got: string, cause?: unknown): CheckpointError {
  return new CheckpointError(
    path,
    `expected ${expected}, got ${got}. Use an encoder of the BERT family.`,
    cause === undefined ? undefined : { cause },
  );
}
