import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  ConfigError,
  type ConfigProblem,
  composeConfigSchema,
  type Domain,
  type Json,
  loadDomain,
  type PluginHost,
  setByPath,
  showValue,
  validateConfig,
} from '@taskspace/core';
import { parse } from 'yaml';
import type { CommonConfig, EvalConfig, PolicyConfig, RunConfig, SftConfig } from './config.ts';
import { EVAL_SCHEMA, OBJECTIVE_PRESETS, RUN_SCHEMA, SFT_SCHEMA } from './config-schema.ts';
import { resolveCurricula, withCurriculum, withDomainCurricula } from './curriculum-config.ts';
import { resolveDomains, withDomainSettings, withPromptSum } from './domain-config.ts';
import { createPluginHost, isFilePath } from './plugin-host.ts';
import { locatePolicy } from './policy-folder.ts';

/** Where a config comes from. */
export interface ConfigSource {
  /** YAML or JSON file; paths inside it are relative to its folder. */
  readonly file?: string;
  /** The config itself, when there is no file; paths are relative to the current folder. */
  readonly value?: Json;
  /** Values put over it, in order, at paths such as `rollout.prompts`; file paths in them are relative to the current folder. */
  readonly set?: readonly { readonly path: string; readonly value: Json }[];
}

/** A config that was checked, with the domains it names. */
export interface LoadedConfig<Config extends CommonConfig> {
  /** Every default filled in, every path absolute. */
  readonly config: Config;
  readonly domains: readonly Domain[];
}

/**
 * Reads the config of a training run.
 *
 * @throws {@link ConfigError} with every problem; {@link PluginError} when a domain cannot be loaded.
 */
export function loadRunConfig(source: ConfigSource): Promise<LoadedConfig<RunConfig>> {
  return load<RunConfig>(source, RUN_SCHEMA, {
    prepare: (value, owns) => withPromptSum(withEmbedderKind(withCurriculum(value, owns))),
    extend: (schema) => withDomainSettings(withDomainCurricula(schema), true),
    complete(config, owns, subject) {
      requireAdaptersFit(config, subject);
      const { embedder } = config;
      if (embedder.kind === 'bert' && embedder.path === undefined) {
        const expected = 'a folder or an ONNX file, as embedder.kind is bert';
        throw new ConfigError([{ path: 'embedder.path', expected, got: 'nothing' }], subject);
      }
      return resolveCurricula(resolveDomains(config, subject), owns, subject);
    },
  });
}

/** Reads the config of a supervised warm start; throws as {@link loadRunConfig} does. */
export function loadSftConfig(source: ConfigSource): Promise<LoadedConfig<SftConfig>> {
  return load<SftConfig>(source, SFT_SCHEMA, {
    extend: withEpisodes,
    complete(config, _, subject) {
      requireAdaptersFit(config, subject);
      return config;
    },
  });
}

/** Reads the config of an evaluation; throws as {@link loadRunConfig} does. */
export function loadEvalConfig(source: ConfigSource): Promise<LoadedConfig<EvalConfig>> {
  return load<EvalConfig>(source, EVAL_SCHEMA, { extend: withEpisodes });
}

/** Warm starts and evaluations only play episodes. */
function withEpisodes(schema: object): object {
  return withDomainSettings(schema, false);
}

async function load<Config extends CommonConfig>(
  source: ConfigSource,
  schema: object,
  {
    prepare = (value) => value,
    extend = (composed) => composed,
    complete = (config) => config,
  }: LoadSteps<Config> = {},
): Promise<LoadedConfig<Config>> {
  const subject = source.file ?? 'config';
  const folder = source.file === undefined ? process.cwd() : dirname(resolve(source.file));
  const read = source.file === undefined ? (source.value ?? {}) : await readConfig(source.file);
  const set = (source.set ?? []).reduce<Json>(
    (config, { path, value }) => setByPath(config, path, fromCurrentFolder(path, value)),
    read,
  );
  const given = asObject(set, subject);
  const domains = await loadDomains(given, createPluginHost(folder), subject);
  const owns: OwnsOption = (name, option) => {
    const options = domains.find((domain) => domain.name === name)?.options ?? {};
    return option in ((options as { readonly properties?: object }).properties ?? {});
  };
  const value = withPreset(withPolicyPath(prepare(given, owns)));
  const composed = extend(composeConfigSchema(schema, domains));
  const config = validateConfig<Config>(composed, value, subject);
  return { config: complete(withAbsolutePaths(config, folder), owns, subject), domains };
}

/** Whether a domain has an option of its own by a name. */
type OwnsOption = (domain: string, option: string) => boolean;

/** What one kind of run does besides with its config. */
interface LoadSteps<Config> {
  /** Writes short forms out. */
  readonly prepare?: (value: ObjectValue, owns: OwnsOption) => ObjectValue;
  /** Adds to the schema of the whole config. */
  readonly extend?: (composed: object) => object;
  /** Checks what one setting says about another, and fills in what depends on others. */
  readonly complete?: (config: Config, owns: OwnsOption, subject: string) => Config;
}

async function readConfig(file: string): Promise<Json> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      [
        {
          path: '',
          expected: 'a config file in YAML or JSON',
          got: `none that can be read (${code})`,
        },
      ],
      file,
    );
  }
  try {
    return parse(text) as Json;
  } catch (error) {
    const got = (error as Error).message.trim();
    throw new ConfigError([{ path: '', expected: 'valid YAML or JSON', got }], file);
  }
}

type ObjectValue = { readonly [key: string]: Json };

function asObject(value: Json, subject: string): ObjectValue {
  if (isObject(value)) return value;
  throw new ConfigError([{ path: '', expected: 'an object', got: showValue(value) }], subject);
}

function isObject(value: Json | undefined): value is ObjectValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A command line is written where one stands, not where the config file is. */
function fromCurrentFolder(path: string, value: Json): Json {
  if (typeof value !== 'string') return value;
  if (path === 'policy' || path === 'policy.path') {
    const given: PolicyConfig = { path: value };
    const { path: known, revision } = locatePolicy(given, process.cwd());
    return revision === undefined ? known : value;
  }
  const isEncoder = path === 'embedder.path';
  const isPlugin = /^domains\..+\.plugin$/u.test(path) && isFilePath(value);
  return isEncoder || isPlugin ? resolve(value) : value;
}

/** `policy: pocket` is short for `policy: { path: pocket }`, a single target of adapters for a list of one. */
function withPolicyPath(value: ObjectValue): ObjectValue {
  const { policy } = value;
  if (typeof policy === 'string') return { ...value, policy: { path: policy } };
  if (!isObject(policy) || !isObject(policy.lora) || typeof policy.lora.targets !== 'string') {
    return value;
  }
  const lora = { ...policy.lora, targets: [policy.lora.targets] };
  return { ...value, policy: { ...policy, lora } };
}

/** What adapters cannot be trained with. */
function adapterProblems({ policy, ...config }: RunConfig | SftConfig): ConfigProblem[] {
  if (!policy.lora) return [];
  const problems: ConfigProblem[] = [];
  if (policy.init !== undefined) {
    const expected = 'it left out beside policy.lora, as adapters belong to weights in a folder';
    const suggestion = 'Train the weights themselves, or write them to a folder first.';
    problems.push({ path: 'policy.init', expected, got: showValue(policy.init), suggestion });
  }
  const { objective } = config as Partial<RunConfig>;
  const mix = objective && objective.klCoefficient > 0 ? objective.reference.mix : 1;
  if (mix > 0 && mix < 1) {
    const expected =
      '0 or 1 beside policy.lora, as two adapters mixed are no adapter of their rank';
    const suggestion = 'Write 1, and a larger objective.reference.every.';
    problems.push({ path: 'objective.reference.mix', expected, got: String(mix), suggestion });
  }
  return problems;
}

function requireAdaptersFit(config: RunConfig | SftConfig, subject: string): void {
  const problems = adapterProblems(config);
  if (problems.length > 0) throw new ConfigError(problems, subject);
}

/** `embedder: policy` is short for `embedder: { kind: policy }`; any other text is the path of an encoder. */
function withEmbedderKind(value: ObjectValue): ObjectValue {
  const { embedder } = value;
  if (typeof embedder !== 'string') return value;
  const isKind = ['policy', 'bert', 'none'].includes(embedder);
  return { ...value, embedder: isKind ? { kind: embedder } : { kind: 'bert', path: embedder } };
}

/** A named objective's settings, under what is given beside the name. */
function withPreset(value: ObjectValue): ObjectValue {
  const { objective } = value;
  if (!isObject(objective)) return value;
  const name = objective.name ?? 'grpo';
  const preset = Object.entries(OBJECTIVE_PRESETS).find(([known]) => known === name)?.[1];
  return preset ? { ...value, objective: { ...preset, ...objective } } : value;
}

/** Loads what `domains` names; a section says with `plugin` where it comes from, and else its name does. */
async function loadDomains(
  { domains: sections }: ObjectValue,
  host: PluginHost,
  subject: string,
): Promise<Domain[]> {
  if (!isObject(sections)) return [];
  const domains: Domain[] = [];
  for (const [name, section] of Object.entries(sections)) {
    const plugin = isObject(section) ? section.plugin : undefined;
    const domain = await loadDomain(typeof plugin === 'string' ? plugin : name, host, domains);
    if (domain.name !== name) {
      const suggestion = `Write domains.${domain.name}, or correct the plugin.`;
      const got = `a plugin that calls itself "${domain.name}"`;
      throw new ConfigError(
        [{ path: `domains.${name}`, expected: `a domain named "${name}"`, got, suggestion }],
        subject,
      );
    }
    domains.push(domain);
  }
  return domains;
}

function withAbsolutePaths<Config extends CommonConfig>(config: Config, folder: string): Config {
  const domains = Object.entries(config.domains).map(([name, section]) => {
    const { plugin } = section;
    if (plugin === undefined || !isFilePath(plugin)) return [name, section] as const;
    return [name, { ...section, plugin: resolve(folder, plugin) }] as const;
  });
  return {
    ...config,
    policy: locatePolicy(config.policy, folder),
    domains: Object.fromEntries(domains),
    ...withEncoderPath(config, folder),
  };
}

/** Only runs of reinforcement learning have an embedder. */
function withEncoderPath(config: object, folder: string): Partial<Pick<RunConfig, 'embedder'>> {
  const { embedder } = config as Partial<RunConfig>;
  if (embedder?.path === undefined) return {};
  return { embedder: { ...embedder, path: resolve(folder, embedder.path) } };
}
