/**
 * The weights of a model folder, held to its config: every parameter of the decoder, in its shape, all numbers finite, and
 * nothing besides that could change what the model computes.
 */
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CheckpointError, showValue } from '@taskspace/core';
import { type DecoderConfig, type ParameterSpec, parameterSpecs } from './config.ts';
import {
  isJsonObject,
  type JsonObject,
  readJsonObject,
  readJsonObjectIfPresent,
} from './json-file.ts';
import {
  readSafetensors,
  readSafetensorsHeader,
  type StoredTensor,
  writeSafetensors,
} from './safetensors.ts';
import type { TensorEntry } from './safetensors-header.ts';

/**
 * Reads the weights of a folder, from one file or from those that its index names.
 *
 * @returns By safetensors name, in the order of {@link parameterSpecs}.
 * @throws {@link CheckpointError} naming everything that does not fit.
 */
export async function readWeights(
  folder: string,
  config: DecoderConfig,
): Promise<Map<string, Float32Array>> {
  const specs = new Map(parameterSpecs(config).map((spec) => [spec.name, spec]));
  const files = await weightFiles(folder);
  await checkNames(folder, files, specs, config.tieEmbeddings);

  const problems: string[] = [];
  const found = new Map<string, StoredTensor>();
  for (const file of files) {
    const read = await readSafetensors(file, (name) => specs.has(name) || name === OUTPUT);
    for (const [name, tensor] of read) {
      found.set(name, tensor);
      problems.push(...numberProblems(name, tensor.data));
    }
  }
  const output = found.get(OUTPUT);
  const embedding = found.get(EMBEDDING);
  if (config.tieEmbeddings && output && embedding && !equal(output.data, embedding.data)) {
    problems.push(
      `${OUTPUT}: expected it absent or equal to ${EMBEDDING} (config.json: tie_word_embeddings true), got other numbers`,
    );
  }
  refuse(folder, problems);
  const parameters = new Map<string, Float32Array>();
  for (const name of specs.keys()) {
    const tensor = found.get(name);
    if (tensor === undefined) refuse(folder, [`${name}: expected it as in the header, got none`]);
    else parameters.set(name, tensor.data);
  }
  return parameters;
}

/**
 * Writes weights into one file of a folder.
 *
 * @throws {@link CheckpointError} when a parameter is missing or the disk is full.
 */
export async function writeWeights(
  folder: string,
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const tensors = new Map(
    parameterSpecs(config).map(({ name, shape }) => {
      const data = parameters.get(name);
      if (data !== undefined) return [name, { shape, data }];
      throw new CheckpointError(
        folder,
        `expected parameter ${name}, got ${listed([...parameters.keys()])}. Pass every parameter of the config.`,
      );
    }),
  );
  await writeSafetensors(join(folder, SINGLE_FILE), tensors, { format: 'pt' });
}

/**
 * Names of the files of weights in an index, each in the folder of the index.
 *
 * @throws {@link CheckpointError} when it names none, or a place outside its folder.
 */
export async function readShardNames(indexPath: string): Promise<readonly string[]> {
  return shardNames(indexPath, await readJsonObject(indexPath));
}

/** Holds all weights of a folder, or else {@link INDEX_FILE} says which files do. */
export const SINGLE_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';
const OUTPUT = 'lm_head.weight';
const EMBEDDING = 'model.embed_tokens.weight';

/** Tables that old exports stored beside the parameters; they follow from the config. */
const HARMLESS =
  /(?:^|\.)(?:rotary_emb\.(?:inv_freq|cos_cached|sin_cached)|attn\.masked_bias|position_ids)$/u;

const MOST_SHOWN = 5;

/** All files of weights: the single one, or those that the index names. */
async function weightFiles(folder: string): Promise<readonly string[]> {
  const single = join(folder, SINGLE_FILE);
  if (await isThere(single)) return [single];
  const indexPath = join(folder, INDEX_FILE);
  const index = await readJsonObjectIfPresent(indexPath);
  if (index === null) {
    throw new CheckpointError(
      folder,
      `expected ${SINGLE_FILE} or ${INDEX_FILE}, got neither. Give a model folder with weights in safetensors; convert other formats first.`,
    );
  }
  return shardNames(indexPath, index).map((name) => join(folder, name));
}

function shardNames(indexPath: string, { weight_map: map }: JsonObject): readonly string[] {
  const names = isJsonObject(map) ? [...new Set(Object.values(map))] : [];
  // A path in the index could point anywhere on the machine.
  const bad = names.find(
    (name) => typeof name !== 'string' || basename(name) !== name || name === '..',
  );
  if (names.length === 0 || bad !== undefined) {
    throw new CheckpointError(
      indexPath,
      `expected weight_map to give every parameter a file of this folder, got ${showValue(bad ?? map)}. The file is damaged: fetch or write it again.`,
    );
  }
  return names.map(String).sort();
}

/** Headers first, so that the wrong weights are refused before gigabytes are read. */
async function checkNames(
  folder: string,
  files: readonly string[],
  specs: ReadonlyMap<string, ParameterSpec>,
  tied: boolean,
): Promise<void> {
  const problems: string[] = [];
  const places = new Map<string, string>();
  for (const file of files) {
    for (const [name, entry] of (await readSafetensorsHeader(file)).tensors) {
      const other = places.get(name);
      if (other !== undefined) {
        const came = `${basename(other)} and ${basename(file)}`;
        problems.push(`${name}: expected it in one file, got it in ${came}`);
      }
      places.set(name, file);
      problems.push(...formProblems(name, entry, specs));
    }
  }
  const missing = [...specs.keys()].filter((name) => !places.has(name));
  const extra = [...places.keys()].filter(
    (name) => !specs.has(name) && !HARMLESS.test(name) && !(tied && name === OUTPUT),
  );
  if (missing.length > 0) {
    problems.push(`parameters: expected ${listed(missing)}, got none of that name`);
  }
  if (extra.length > 0) {
    problems.push(`parameters: expected those of config.json only, got ${listed(extra)} besides`);
  }
  refuse(folder, problems);
}

function formProblems(
  name: string,
  { dtype, shape }: TensorEntry,
  specs: ReadonlyMap<string, ParameterSpec>,
): string[] {
  const expected = specs.get(name)?.shape;
  if (expected === undefined) return [];
  if (String(expected) !== String(shape)) {
    return [
      `${name}: expected shape ${showValue(expected)} by config.json, got ${showValue(shape)}`,
    ];
  }
  return ['F32', 'F16', 'BF16'].includes(dtype)
    ? []
    : [`${name}: expected F32, F16 or BF16, got ${dtype}`];
}

function numberProblems(name: string, data: Float32Array): string[] {
  // A plain loop: it looks at every number of the model.
  for (let index = 0; index < data.length; index++) {
    if (!Number.isFinite(data[index])) {
      return [`${name}: expected finite numbers, got ${data[index]} at element ${index}`];
    }
  }
  return [];
}

function refuse(folder: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, MOST_SHOWN).join('; ');
  const more = problems.length > MOST_SHOWN ? `; and ${problems.length - MOST_SHOWN} more` : '';
  throw new CheckpointError(
    folder,
    `weights that do not fit: ${shown}${more}. Use the config.json that belongs to these weights, or fetch them again.`,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `${names.slice(0, 3).join(', ')}${more}`;
}

function equal(left: Float32Array, right: Float32Array): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Unreadable is as good as absent: reading it would fail with its own error.
    return false;
  }
}
