import { CheckpointError, createRandom, showValue } from '@taskspace/core';
import { readAdapters } from '../model/adapters.ts';
import { type ModelBase, readModelBase, readModelFolder } from '../model/checkpoint.ts';
import { type DecoderConfig, initialParameters } from '../model/config.ts';
import { initialAdapters } from '../model/lora.ts';
import type { LoraConfig } from '../model/lora-config.ts';
import { readWeights } from '../model/weights.ts';

/** Which policy is opened, and what of it is to be trained. */
export interface PolicySource {
  /** A model folder in Hugging Face format, or adapters in PEFT's. */
  readonly policyFolder: string;
  /** Seed of fresh weights for the folder's config; left out, its weights. */
  readonly init?: number | undefined;
  /** Train adapters in place of the weights: the folder's own, or where it has none fresh ones. */
  readonly lora?: LoraConfig | undefined;
  /** Seed of fresh adapters; default 0. */
  readonly seed?: number | undefined;
}

/** A policy whose weights are still to be read; `config` is with the adapters that are to be trained. */
export interface OpenedPolicy extends ModelBase {
  /** Reads or draws the decoder's parameters, then the adapters', by safetensors name. */
  readonly read: () => Promise<Map<string, Float32Array>>;
}

/**
 * Opens a policy. Adapters in its folder are merged into the weights unless they are to be trained.
 *
 * @throws {@link CheckpointError} when the folder cannot be read, or holds other adapters than those asked for.
 */
export async function openPolicy(source: PolicySource): Promise<OpenedPolicy> {
  const { policyFolder, init, lora, seed = 0 } = source;
  const base = await readModelBase(policyFolder);
  if (init !== undefined) {
    return { ...base, read: async () => initialParameters(base.config, createRandom(init)) };
  }
  if (lora === undefined) {
    return { ...base, read: async () => (await readModelFolder(policyFolder)).parameters };
  }
  const config: DecoderConfig = { ...base.config, lora };
  const adapters = base.hasAdapters
    ? await readSameAdapters(policyFolder, config)
    : initialAdapters(config, createRandom(seed).fork('adapters'));
  const read = async () =>
    new Map([...(await readWeights(base.weightsFolder, base.config)), ...adapters]);
  return { ...base, config, read };
}

/**
 * A folder's adapters, which must be as large and beside the same matrices as those of the config.
 *
 * @throws {@link CheckpointError} naming what differs.
 */
export async function readSameAdapters(
  folder: string,
  config: DecoderConfig,
): Promise<Map<string, Float32Array>> {
  const { lora, parameters } = await readAdapters(folder, config);
  // Dropout is a matter of training, not of the adapters.
  for (const field of ['rank', 'alpha', 'targets'] as const) {
    const [expected, got] = [config.lora?.[field], lora[field]];
    if (String(expected) === String(got)) continue;
    throw new CheckpointError(
      folder,
      `expected adapters with ${field} ${showValue(expected)} as in policy.lora, got ${showValue(got)}. Write policy.lora as these adapters are, or begin with the model itself.`,
    );
  }
  return parameters;
}
