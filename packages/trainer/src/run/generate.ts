import { ConfigError, type Json, type Message, setByPath, validateConfig } from '@taskspace/core';
import type { Completion } from '../backend/backend.ts';
import { createEmbeddedBackend } from '../backend/embedded.ts';
import { readModelBase } from '../model/checkpoint.ts';
import { createConversationFormat } from '../model/conversation.ts';
import { readGenerationConfig } from '../model/generation-config.ts';
import type { GenerateConfig } from './config.ts';
import { GENERATE_SCHEMA } from './config-schema.ts';
import { type FollowedBy, fetchPolicy, locatePolicy, policyFolder } from './policy-folder.ts';

/** What a policy is to go on from: a conversation in its chat template, or a text as it stands. */
export type GenerateInput = { readonly messages: readonly Message[] } | { readonly text: string };

/** One answer of a policy. */
export interface Generated extends Pick<Completion, 'stop'> {
  /** Without special tokens. */
  readonly text: string;
  readonly tokens: readonly number[];
  /** Of each token, before top-p and top-k; see {@link Completion}. */
  readonly logprobs: readonly number[];
}

/** What a policy was given, and what it answered. */
export interface Generation {
  /** Token ids. */
  readonly prompt: readonly number[];
  readonly completions: readonly Generated[];
}

/**
 * Checks the settings of `taskspace generate` and fills in defaults.
 *
 * @param set - Values by path, in order; a policy's path is relative to the current folder.
 * @throws {@link ConfigError} with every problem.
 */
export function loadGenerateConfig(
  set: readonly { readonly path: string; readonly value: Json }[],
): GenerateConfig {
  const value = set.reduce<Json>(
    (config, { path, value: setting }) =>
      setByPath(
        config,
        path === 'policy' && typeof setting === 'string' ? 'policy.path' : path,
        setting,
      ),
    {},
  );
  const config = validateConfig<GenerateConfig>(GENERATE_SCHEMA, value, 'command line');
  return { ...config, policy: locatePolicy(config.policy, process.cwd()) };
}

/**
 * Lets a policy answer.
 *
 * @param samples - How many answers, `>= 1`.
 * @throws {@link CheckpointError} when the policy cannot be read; {@link HubError} when it cannot be downloaded;
 *   {@link ConfigError} when the prompt fills its context.
 */
export async function generate(
  { seed, policy, device, threads, sampling }: GenerateConfig,
  input: GenerateInput,
  samples: number,
  { signal = new AbortController().signal, listener = {} }: FollowedBy = {},
): Promise<Generation> {
  const folder = policyFolder(await fetchPolicy(policy, { signal, listener }));
  const { config, tokenizer, template } = await readModelBase(folder);
  const format = createConversationFormat(tokenizer, template);
  const prompt =
    'messages' in input
      ? format.encode(input.messages)
      : Int32Array.from(tokenizer.encode(input.text));
  if (prompt.length === 0 || prompt.length >= config.maxPositions) {
    const expected = `from 1 to ${config.maxPositions - 1} tokens, as the policy's context has ${config.maxPositions}`;
    throw new ConfigError(
      [{ path: 'prompt', expected, got: String(prompt.length) }],
      'command line',
    );
  }
  await using backend = await createEmbeddedBackend({
    policyFolder: folder,
    init: policy.init,
    device,
    threads,
    keepReference: false,
    trains: false,
  });
  const { stop, maxTokens, ...chosen } = sampling;
  const { sampling: own, ignored } = await readGenerationConfig(folder);
  if (ignored.length > 0) {
    listener.onNotice?.(
      `generation_config.json asks for ${ignored.join(', ')}, which the sampler does not do.`,
    );
  }
  const params = {
    ...{ temperature: 1, topP: 1, topK: 0, ...own, ...chosen },
    maxTokens: Math.min(maxTokens, config.maxPositions - prompt.length),
    stopTokens: format.stopTokens,
    stopStrings: stop,
  };
  const completions = await backend.sample({ prompt, samples, seed, sampling: params }, signal);
  return {
    prompt: [...prompt],
    completions: completions.map(({ tokens, logprobs, stop: end }) => ({
      text: format.decode(tokens),
      tokens: [...tokens],
      logprobs: [...logprobs],
      stop: end,
    })),
  };
}
