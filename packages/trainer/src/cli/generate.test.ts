import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadTokenizer } from '../model/tokenizer.ts';
import { type Generated, loadGenerateConfig } from '../run/generate.ts';
import { generateCommand, parseMessages } from './generate.ts';

const TINY = fileURLToPath(new URL('../model/__fixtures__/parity/qwen2.5', import.meta.url));
let folder: string;
let said: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-generate-'));
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe('a conversation file', () => {
  test('is a list of messages', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    expect(parseMessages(JSON.stringify(messages), 'here')).toEqual(messages);
  });

  test.each(['', '[]', '{}', '["Hi"]', '[{"role":"tool","content":""}]', '[{"role":"user"}]'])(
    'is refused when it is %j',
    (json) => {
      expect(() => parseMessages(json, 'here')).toThrow(ConfigError);
      expect(() => parseMessages(json, 'here')).toThrow(/here: expected /u);
    },
  );
});

describe('settings', () => {
  test('have defaults, and a policy by its path from the current folder', () => {
    const config = loadGenerateConfig([{ path: 'policy', value: './some/model' }]);
    expect(config).toMatchObject({
      seed: 0,
      policy: { path: resolve('some/model') },
      device: 'auto',
      sampling: { maxTokens: 256, stop: [] },
    });
  });

  test('that are unknown are refused by name', () => {
    expect(() => loadGenerateConfig([{ path: 'sampling.topp', value: 1 }])).toThrow(
      /Did you mean "topP"/u,
    );
  });
});

/** Each answer opens a policy anew; the limit is for machines that are busy. */
const SLOW = { timeout: 120_000 };

describe('generate', SLOW, () => {
  const options = {
    policy: TINY,
    set: ['sampling.maxTokens=8', 'threads=1'],
    device: 'cpu',
    samples: '1',
    json: true,
  };

  test('gives the same answers for the same seed, each with its tokens', async () => {
    const answers = async (seed: string) => {
      said = '';
      await generateCommand('2 + 3?', { ...options, seed, samples: '3' });
      return JSON.parse(said);
    };
    const first = await answers('1');
    expect(first.completions).toHaveLength(3);
    for (const { tokens, logprobs } of first.completions) {
      expect(tokens.length).toBeLessThanOrEqual(8);
      expect(logprobs).toHaveLength(tokens.length);
    }
    expect(await answers('1')).toEqual(first);
    expect(await answers('2')).not.toEqual(first);
  });

  test('ends with a stop string, which is kept, also where it lies across tokens', async () => {
    const answer = async (stop: string) => {
      said = '';
      const set = [
        ...options.set,
        'sampling.maxTokens=12',
        `sampling.stop=${JSON.stringify([stop])}`,
      ];
      await generateCommand('2 + 3?', { ...options, seed: '4', set });
      return JSON.parse(said).completions[0] as Generated;
    };
    const whole = await answer('no such text');
    const { decode } = await loadTokenizer(TINY);
    // From the middle of one token to the middle of another.
    const characters = [...decode(whole.tokens)];
    const start = characters.findIndex(
      (_, at) => at > 1 && !characters.slice(at, at + 5).includes('\ufffd'),
    );
    const stop = characters.slice(start, start + 5).join('');
    const cut = await answer(stop);
    expect(cut.stop).toBe('string');
    expect(cut.tokens).toEqual(whole.tokens.slice(0, cut.tokens.length));
    expect(cut.logprobs).toEqual(whole.logprobs.slice(0, cut.tokens.length));
    expect(cut.text).toContain(stop);
    expect(decode(cut.tokens.slice(0, -1))).not.toContain(stop);
    expect(cut.text).toBe(decode(cut.tokens));
  });

  test('ends with a special token that is named as a stop string', async () => {
    const { decode, specialIds } = await loadTokenizer(TINY);
    const [special] = specialIds;
    const set = [
      'sampling.maxTokens=120',
      'threads=1',
      `sampling.stop=${JSON.stringify([decode([special!])])}`,
    ];
    await generateCommand('2 + 3?', { ...options, samples: '16', set });
    const { completions } = JSON.parse(said) as { completions: Generated[] };
    const stopped = completions.filter((one) => one.stop === 'string');
    expect(stopped.length).toBeGreaterThan(0);
    for (const { tokens } of completions) {
      expect(tokens.slice(0, -1)).not.toContain(special);
    }
    expect(new Set(stopped.map(({ tokens }) => tokens.at(-1)))).toEqual(new Set([special]));
  });

  test('samples as the model asks, unless told otherwise', async () => {
    const policy = join(folder, 'asking');
    await cp(TINY, policy, { recursive: true });
    const path = join(policy, 'generation_config.json');
    const asked = { ...JSON.parse(await readFile(path, 'utf8')), do_sample: false };
    await writeFile(path, JSON.stringify(asked));
    const answers = async (set: readonly string[]) => {
      said = '';
      await generateCommand('2 + 3?', { ...options, policy, samples: '3', set });
      return new Set(JSON.parse(said).completions.map(({ tokens }: Generated) => `${tokens}`));
    };
    expect((await answers(options.set)).size).toBe(1);
    expect((await answers([...options.set, 'sampling.temperature=1.5'])).size).toBe(3);
  });

  test('reads a conversation from a file as it reads a prompt', async () => {
    await generateCommand('2 + 3?', { ...options, system: 'Add.' });
    const { prompt } = JSON.parse(said);
    said = '';
    const file = join(folder, 'conversation.json');
    const messages = [
      { role: 'system', content: 'Add.' },
      { role: 'user', content: '2 + 3?' },
    ];
    await writeFile(file, JSON.stringify(messages));
    await generateCommand(undefined, { ...options, messages: file });
    expect(JSON.parse(said).prompt).toEqual(prompt);
    said = '';
    await generateCommand('2 + 3?', { ...options, raw: true });
    expect(JSON.parse(said).prompt.length).toBeLessThan(prompt.length);
  });

  test.each([
    ['no prompt', '', { raw: true }, /prompt: expected from 1 to 127 tokens.*got 0/u],
    ['a prompt beside a conversation', 'Hi', { messages: 'x' }, /--messages: expected no prompt/u],
    ['no answers', 'Hi', { samples: '0' }, /--samples: expected an integer from 1/u],
    ['an absent file', undefined, { messages: '/absent' }, /a file that can be read.*ENOENT/u],
  ])('refuses %s', async (_, prompt, change, message) => {
    await expect(generateCommand(prompt, { ...options, ...change })).rejects.toThrow(message);
  });
});
