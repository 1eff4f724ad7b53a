import { ConfigError, type Json } from '@taskspace/core';
import { type Command, Option } from 'commander';
import { parse } from 'yaml';
import type { ConfigSource } from '../run/load-config.ts';

/** Options that all commands working from a config share. */
export interface ConfigOptions {
  readonly set: readonly string[];
  readonly device?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds the options of {@link ConfigOptions} to a command. */
export function addConfigOptions(command: Command): Command {
  return command
    .option(
      '--set <path=value>',
      'override a setting, for example rollout.prompts=16; repeatable',
      collect,
      [],
    )
    .addOption(deviceOption())
    .option('--seed <number>', 'decides every random draw')
    .option('--out <folder>', 'the run folder')
    .option('--json', 'one line of JSON for each event instead of text');
}

/** Which device a policy runs on. */
export function deviceOption(): Option {
  const devices = ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'];
  return new Option('--device <name>', 'where the policy runs').choices(devices);
}

/** The config a command line asks for: its file with the overrides put over it. */
export function configSource(
  file: string | undefined,
  options: Pick<ConfigOptions, 'set' | 'device' | 'seed' | 'out'>,
): ConfigSource {
  const shorthands = (['device', 'seed', 'out'] as const).flatMap((path) =>
    options[path] === undefined ? [] : [{ path, value: scalar(options[path]) }],
  );
  return {
    ...(file !== undefined && { file }),
    set: [...options.set.map(parseSetting), ...shorthands],
  };
}

/** Gathers the values of a repeatable option. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function parseSetting(text: string): { path: string; value: Json } {
  const end = text.indexOf('=');
  if (end < 1) {
    throw new ConfigError(
      [{ path: '--set', expected: 'path=value, for example rollout.prompts=16', got: text }],
      'command line',
    );
  }
  return { path: text.slice(0, end), value: scalar(text.slice(end + 1)) };
}

/** Reads a value as YAML does: numbers, true, [a, b], {a: 1}; anything else is text. */
function scalar(text: string): Json {
  try {
    return parse(text) as Json;
  } catch {
    // Not YAML: the text itself, which the config's schema then accepts or refuses by name.
    return text;
  }
}
