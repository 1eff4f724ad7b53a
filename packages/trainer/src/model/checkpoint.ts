/**
 * Model folders as Hugging Face tools write and read them: config.json, weights in safetensors, tokenizer files.
 *
 * Weights are held to the config: every parameter of the decoder, in its shape, all numbers finite, and nothing besides that
 * could change what the model computes.
 */
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CheckpointError, type Json, showValue } from '@taskspace/core';
import { writeFileAtomic } from '../run/atomic-write.ts';
import { type ChatTemplate, loadChatTemplate } from './chat-template.ts';
import {
  type DecoderConfig,
  type ParameterSpec,
  parameterSpecs,
  parseDecoderConfig,
  toHuggingFaceConfig,
} from './config.ts';
import {
  isJsonObject,
  type JsonObject,
  readBytesIfPresent,
  readJsonObject,
  readJsonObjectIfPresent,
} from './json-file.ts';
import {
  readSafetensors,
  readSafetensorsHeader,
  type StoredTensor,
  type TensorEntry,
  writeSafetensors,
} from './safetensors.ts';
import { assertTokenizerFits, loadTokenizer, type Tokenizer } from './tokenizer.ts';

/** Everything of a model but its weights. */
export interface ModelBase {
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Files that go unchanged into every folder saved from this model, and the special token ids of its config. */
  readonly companions: ModelCompanions;
}

/** What a saved model carries along from the folder it began as. */
export interface ModelCompanions {
  /** Content by file name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The special token ids of config.json, for tools that read them there. */
  readonly tokenIds: Readonly<Record<string, Json>>;
}

/** A model with its weights. */
export interface ModelFolder extends ModelBase {
  /** By safetensors name, in the order of {@link parameterSpecs}. */
  readonly parameters: Map<string, Float32Array>;
}

/**
 * Reads a model's config and tokenizer files and checks them against each other; weights may be absent.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it.
 */
export async function readModelBase(folder: string): Promise<ModelBase> {
  const configPath = join(folder, 'config.json');
  const json = await readJsonObject(configPath);
  const config = parseDecoderConfig(json, configPath);
  const tokenizer = await loadTokenizer(folder);
  assertTokenizerFits(folder, tokenizer, config.vocabSize);
  const template = await loadChatTemplate(folder, tokenizer.namedTokens);
  return { config, tokenizer, template, companions: await readCompanions(folder, json) };
}

/**
 * Reads a model folder whole.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it; of the weights, everything at once.
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const base = await readModelBase(folder);
  return { ...base, parameters: await readParameters(folder, base.config) };
}

/**
 * Writes a model folder that {@link readModelFolder} and Hugging Face tools read. Each file is written whole or not at all;
 * for a folder that is, put this inside `writeFolderAtomic`.
 *
 * @param folder - Must exist.
 * @param parameters - Every parameter of the config, by safetensors name.
 * @throws {@link CheckpointError} when the disk is full or a parameter is missing.
 */
export async function writeModelFolder(
  folder: string,
  model: {
    readonly config: DecoderConfig;
    readonly parameters: ReadonlyMap<string, Float32Array>;
    readonly companions: ModelCompanions;
  },
): Promise<void> {
  const { config, parameters, companions } = model;
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
  for (const [name, content] of companions.files)
    await writeFileAtomic(join(folder, name), content);
  await writeSafetensors(join(folder, SINGLE_FILE), tensors, { format: 'pt' });
  // Last, because a folder without a config is not taken for a model.
  const json = { ...toHuggingFaceConfig(config), ...companions.tokenIds };
  await writeFileAtomic(join(folder, 'config.json'), `${JSON.stringify(json, null, 2)}\n`);
}

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';
const OUTPUT = 'lm_head.weight';
const EMBEDDING = 'model.embed_tokens.weight';

const COMPANION_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
];
const TOKEN_IDS = ['bos_token_id', 'eos_token_id', 'pad_token_id'];

/** Tables that old exports stored beside the parameters; they follow from the config. */
const HARMLESS =
  /(?:^|\.)(?:rotary_emb\.(?:inv_freq|cos_cached|sin_cached)|attn\.masked_bias|position_ids)$/u;

async function readCompanions(folder: string, config: JsonObject): Promise<ModelCompanions> {
  const files = new Map<string, Uint8Array>();
  for (const name of COMPANION_FILES) {
    const bytes = await readBytesIfPresent(join(folder, name));
    if (bytes !== null) files.set(name, bytes);
  }
  const tokenIds = TOKEN_IDS.filter((name) => config[name] !== undefined);
  return {
    files,
    tokenIds: Object.fromEntries(tokenIds.map((name) => [name, config[name] as Json])),
  };
}

async function readParameters(
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
  const { weight_map: map } = index;
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
  return names.sort().map((name) => join(folder, String(name)));
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
      if (other !== undefined)
        problems.push(
          `${name}: expected it once, got it in ${basename(other)} and ${basename(file)}`,
        );
      places.set(name, file);
      problems.push(...formProblems(name, entry, specs));
    }
  }
  const missing = [...specs.keys()].filter((name) => !places.has(name));
  const extra = [...places.keys()].filter(
    (name) => !specs.has(name) && !HARMLESS.test(name) && !(tied && name === OUTPUT),
  );
  if (missing.length > 0)
    problems.push(`parameters: expected ${listed(missing)}, got none of that name`);
  if (extra.length > 0)
    problems.push(`parameters: expected those of config.json only, got ${listed(extra)} besides`);
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

const MOST_SHOWN = 5;

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
