/**
 * Conversations as text, by the chat template a model was trained with.
 *
 * A template may ask for today's date. It gets a fixed one: a run that is stopped and resumed on another day, or repeated,
 * must read the same prompts.
 */
import { join } from 'node:path';
import { Environment, parse, tokenize } from '@huggingface/jinja';
import { CheckpointError, type Message, showValue } from '@taskspace/core';
import { BoundedInterpreter } from './bounded-interpreter.ts';
import {
  isJsonObject,
  readBytesIfPresent,
  readJsonObject,
  readJsonObjectIfPresent,
} from './json-file.ts';

/** Renders conversations. */
export interface ChatTemplate {
  /**
   * @param addGenerationPrompt - End with what announces the assistant's next response.
   * @throws {@link CheckpointError} when the template refuses the conversation or cannot be run.
   */
  render(messages: readonly Message[], options: { readonly addGenerationPrompt: boolean }): string;
}

/**
 * Reads the chat template of a model folder: from chat_template.jinja, else from chat_template.json, else from
 * tokenizer_config.json, where there may be several and the default one is taken.
 *
 * @param namedTokens - Texts of `bos_token`, `eos_token` and so on, which templates refer to.
 * @throws {@link CheckpointError} when there is none, or it is not a template.
 */
export async function loadChatTemplate(
  folder: string,
  namedTokens: Readonly<Record<string, string>>,
): Promise<ChatTemplate> {
  const file = join(folder, 'chat_template.jinja');
  const bytes = await readBytesIfPresent(file);
  if (bytes !== null) return compileChatTemplate(file, Buffer.from(bytes).toString(), namedTokens);
  const older = join(folder, 'chat_template.json');
  const alone = defaultTemplate((await readJsonObjectIfPresent(older))?.chat_template);
  if (alone !== null) return compileChatTemplate(older, alone, namedTokens);
  const config = join(folder, 'tokenizer_config.json');
  const text = defaultTemplate((await readJsonObject(config)).chat_template);
  if (text !== null) return compileChatTemplate(config, text, namedTokens);
  throw new CheckpointError(
    config,
    'expected a chat_template, got none, and there is no chat_template.jinja or chat_template.json beside it. Use a model made for conversation, or add its template.',
  );
}

/**
 * Makes a template ready to render.
 *
 * @param source - Where it comes from, for error messages.
 */
export function compileChatTemplate(
  source: string,
  text: string,
  namedTokens: Readonly<Record<string, string>>,
): ChatTemplate {
  const program = parseTemplate(source, text);
  return {
    render(messages, { addGenerationPrompt }) {
      const environment = new Environment();
      const variables = {
        ...GLOBALS,
        ...namedTokens,
        messages,
        add_generation_prompt: addGenerationPrompt,
      };
      for (const [name, value] of Object.entries(variables)) environment.set(name, value);
      try {
        return String(new BoundedInterpreter(environment).run(program).value);
      } catch (cause) {
        const roles = showValue(messages.map(({ role }) => role));
        throw new CheckpointError(
          source,
          `chat template: expected to render messages of roles ${roles}, got ${showValue(cause, 200)}. Change the messages' roles or the template.`,
          { cause },
        );
      }
    },
  };
}

/** The reference implementation's settings: a block's own line leaves no blank line behind. */
const PARSING = { lstrip_blocks: true, trim_blocks: true };
const MAX_RANGE = 100_000;
/** Characters; those in use have some ten thousand at most. */
const MAX_TEMPLATE = 1_000_000;

/** What every template may use. The names in title case are how old templates spell the constants. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  raise_exception: (message: unknown) => {
    throw new Error(String(message));
  },
  range: (...bounds: number[]) => {
    const [start, stop] = bounds.length === 1 ? [0, bounds[0]!] : [bounds[0]!, bounds[1]!];
    const step = bounds[2] ?? 1;
    const length = Math.max(0, Math.ceil((stop - start) / step));
    if (!(length <= MAX_RANGE)) throw new RangeError(`range(${bounds.join(', ')}) is too long`);
    return Array.from({ length }, (_, index) => start + index * step);
  },
  strftime_now: (format: string) => format.replaceAll(/%[a-zA-Z%]/gu, (part) => DATE[part] ?? part),
};

/** The day that templates of the Llama 3 family themselves fall back to. */
const DATE: Readonly<Record<string, string>> = {
  '%d': '26',
  '%m': '07',
  '%b': 'Jul',
  '%B': 'July',
  '%Y': '2024',
  '%y': '24',
  '%A': 'Friday',
  '%a': 'Fri',
  '%H': '00',
  '%I': '12',
  '%p': 'AM',
  '%M': '00',
  '%S': '00',
  '%%': '%',
};

function parseTemplate(source: string, text: string) {
  if (text.length > MAX_TEMPLATE) {
    throw new CheckpointError(
      source,
      `chat template: expected at most ${MAX_TEMPLATE} characters, got ${text.length}. Use the template as the model's makers published it.`,
    );
  }
  try {
    return parse(tokenize(text, PARSING));
  } catch (cause) {
    throw new CheckpointError(
      source,
      `chat template: expected a Jinja template, got ${showValue(cause, 200)}. Correct the template.`,
      { cause },
    );
  }
}

/** The template in a JSON file, which holds one, or a list of named ones; null when it holds none. */
export function defaultTemplate(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const named = value.find((one) => isJsonObject(one) && one.name === 'default');
  return isJsonObject(named) && typeof named.template === 'string' ? named.template : null;
}
