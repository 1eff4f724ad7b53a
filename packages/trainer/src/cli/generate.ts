import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { ConfigError, type Message, showValue } from '@taskspace/core';
import { type GenerateInput, generate, loadGenerateConfig } from '../run/generate.ts';
import { EXIT, interruptSignal } from './exit.ts';
import { type ConfigOptions, configSource } from './options.ts';

/** Options of `taskspace generate`. */
export interface GenerateOptions extends Omit<ConfigOptions, 'out'> {
  readonly policy?: string;
  readonly system?: string;
  readonly messages?: string;
  readonly raw?: boolean;
  readonly samples: string;
}

/** Lets a policy answer a prompt, or standard input; gives the exit code. */
export async function generateCommand(
  prompt: string | undefined,
  options: GenerateOptions,
): Promise<number> {
  const samples = Number(options.samples);
  if (!Number.isInteger(samples) || samples < 1 || samples > MOST_SAMPLES) {
    throw wrong('--samples', `an integer from 1 to ${MOST_SAMPLES}`, options.samples);
  }
  const { set = [] } = configSource(undefined, options);
  const policy = options.policy === undefined ? [] : [{ path: 'policy', value: options.policy }];
  const config = loadGenerateConfig([...set, ...policy]);
  const input = await inputOf(prompt, options);
  const signal = interruptSignal(() => undefined);
  // Standard output is the answer's.
  const listener = { onNotice: (message: string) => void process.stderr.write(`${message}\n`) };
  try {
    const generation = await generate(config, input, samples, { signal, listener });
    const texts = generation.completions.map(({ text }) => text);
    process.stdout.write(
      options.json ? `${JSON.stringify(generation)}\n` : `${texts.join('\n\n---\n\n')}\n`,
    );
    return EXIT.ok;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return EXIT.interrupted;
    throw error;
  }
}

/**
 * A conversation from the text of a JSON file.
 *
 * @throws {@link ConfigError} when it is not a list of messages.
 */
export function parseMessages(json: string, source: string): readonly Message[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw wrong(source, 'JSON', (error as Error).message);
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isMessage)) return value;
  const roles = ROLES.join(', ');
  throw wrong(source, `a list of { role, content } with roles ${roles} and content text`, value);
}

const MOST_SAMPLES = 1024;
const ROLES: readonly unknown[] = ['system', 'user', 'assistant'];

async function inputOf(
  prompt: string | undefined,
  { messages: file, system, raw = false }: GenerateOptions,
): Promise<GenerateInput> {
  if (file !== undefined) {
    if (prompt !== undefined || system !== undefined || raw) {
      throw wrong('--messages', 'no prompt, --system or --raw beside it', 'both');
    }
    const json = file === '-' ? await readAll(process.stdin) : await readInput(file);
    return { messages: parseMessages(json, file === '-' ? 'standard input' : file) };
  }
  const text = prompt === undefined || prompt === '-' ? await readAll(process.stdin) : prompt;
  if (raw) {
    if (system !== undefined) throw wrong('--raw', 'no --system beside it', 'both');
    return { text };
  }
  const opening: readonly Message[] =
    system === undefined ? [] : [{ role: 'system', content: system }];
  // The line's end that a shell adds is no part of what a user says.
  return { messages: [...opening, { role: 'user', content: text.replace(/\r?\n$/u, '') }] };
}

async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrong('--messages', 'a file that can be read', `${file} (${(error as Error).message})`);
  }
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null) return false;
  const { role, content } = value as { readonly role?: unknown; readonly content?: unknown };
  return ROLES.includes(role) && typeof content === 'string';
}

function wrong(path: string, expected: string, got: unknown): ConfigError {
  const came = typeof got === 'string' ? got : showValue(got);
  return new ConfigError([{ path, expected, got: came }], 'command line');
}
