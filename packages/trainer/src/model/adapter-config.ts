/**
 * `adapter_config.json` as PEFT writes it. What would change the mathematics, and what is not known, is refused by name.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { CheckpointError, type Json, showValue } from '@taskspace/core';
import { isJsonObject, type JsonObject, readJsonObjectIfPresent } from './json-file.ts';
import type { LoraConfig } from './lora-config.ts';

export const ADAPTER_CONFIG = 'adapter_config.json';

/** What the file says of adapters; which matrices they are beside is told by the tensors' names. */
export interface AdapterConfig extends Omit<LoraConfig, 'targets'> {
  /** Folder of the model they belong to, absolute. */
  readonly base: string;
}

/**
 * Reads the `adapter_config.json` of a folder.
 *
 * @returns null when it has none, and so holds no adapters.
 * @throws {@link CheckpointError} naming every field that does not fit, or the base model that is not there.
 */
export async function readAdapterConfig(folder: string): Promise<AdapterConfig | null> {
  const path = join(folder, ADAPTER_CONFIG);
  const json = await readJsonObjectIfPresent(path);
  if (json === null) return null;
  const problems: string[] = [];
  const number = (name: string, expected: string, fits: (value: number) => boolean): number => {
    const value = json[name];
    if (typeof value === 'number' && fits(value)) return value;
    problems.push(`${name}: expected ${expected}, got ${showValue(value)}`);
    return 1;
  };
  const rank = number('r', 'an integer of at least 1', (x) => Number.isInteger(x) && x >= 1);
  const alpha = number(
    'lora_alpha',
    `a number above 0, at most ${MOST_ALPHA}`,
    (x) => x > 0 && x <= MOST_ALPHA,
  );
  const dropout =
    json.lora_dropout === undefined
      ? 0
      : number('lora_dropout', 'a number from 0 to below 1', (x) => x >= 0 && x < 1);
  problems.push(...fieldProblems(json));
  if (problems.length > 0) {
    throw new CheckpointError(
      path,
      `${problems.join('; ')}. Use plain LoRA adapters, or merge these into their model with PEFT.`,
    );
  }
  return { rank, alpha, dropout, base: baseFolder(path, folder, json.base_model_name_or_path) };
}

/** The `adapter_config.json` that PEFT reads; {@link readAdapterConfig} undoes it. */
export function toPeftConfig(
  { rank, alpha, targets, dropout }: LoraConfig,
  base: string,
): { [key: string]: Json } {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    target_modules: [...targets],
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    use_rslora: false,
    use_dora: false,
    modules_to_save: null,
  };
}

/** Far above any use; keeps the weights of a hostile file finite. */
const MOST_ALPHA = 2 ** 20;

const READ_FIELDS: readonly string[] = [
  'r',
  'lora_alpha',
  'lora_dropout',
  'base_model_name_or_path',
];

/** Fields that cannot change what adapters compute once their tensors are there. */
const HARMLESS_FIELDS: readonly string[] = [
  'target_modules',
  'inference_mode',
  'revision',
  'auto_mapping',
  'peft_version',
  'layers_pattern',
  'loftq_config',
  'eva_config',
  'corda_config',
  'megatron_core',
  'qalora_group_size',
  'runtime_config',
  'exclude_modules',
];

/** Fields whose deviation from these values would change the mathematics. */
const REQUIRED_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ['LORA'],
  task_type: ['CAUSAL_LM', null],
  bias: ['none'],
  fan_in_fan_out: [false],
  // Other ways to begin change the base's weights.
  init_lora_weights: [true, false, 'gaussian', 'orthogonal'],
  use_rslora: [false],
  use_dora: [false],
  use_qalora: [false],
  lora_bias: [false],
  ensure_weight_tying: [false],
  modules_to_save: [null],
  layers_to_transform: [null],
  layer_replication: [null],
  megatron_config: [null],
  trainable_token_indices: [null],
  target_parameters: [null],
  arrow_config: [null],
  alora_invocation_tokens: [null],
};

/** Maps whose entries would give some matrices other settings. */
const EMPTY_MAPS: readonly string[] = ['rank_pattern', 'alpha_pattern'];

function fieldProblems(json: JsonObject): string[] {
  const problems: string[] = [];
  for (const [name, allowed] of Object.entries(REQUIRED_VALUES)) {
    const value = json[name];
    if (allowed.includes(value) || (value === undefined && name !== 'peft_type')) continue;
    const expected = allowed.map((one) => JSON.stringify(one)).join(' or ');
    problems.push(`${name}: expected ${expected}, got ${showValue(value)}`);
  }
  for (const name of EMPTY_MAPS) {
    const value = json[name];
    const isEmpty = isJsonObject(value) && Object.keys(value).length === 0;
    if (value === undefined || value === null || isEmpty) continue;
    problems.push(`${name}: expected it empty, got ${showValue(value)}`);
  }
  const known = [
    ...READ_FIELDS,
    ...HARMLESS_FIELDS,
    ...Object.keys(REQUIRED_VALUES),
    ...EMPTY_MAPS,
  ];
  for (const name of Object.keys(json)) {
    if (known.includes(name)) continue;
    problems.push(`${name}: expected a field that is known here, got ${showValue(json[name])}`);
  }
  return problems;
}

/** A path in the file is absolute, or relative to its folder. */
function baseFolder(path: string, folder: string, name: unknown): string {
  const base = typeof name === 'string' && (isAbsolute(name) ? name : resolve(folder, name));
  if (typeof base === 'string' && existsSync(join(base, 'config.json'))) return base;
  throw new CheckpointError(
    path,
    `base_model_name_or_path: expected the folder of the model these adapters belong to, got ${showValue(name)}, where there is no config.json. Write the folder's path there.`,
  );
}
