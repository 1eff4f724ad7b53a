import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom, type RandomStream } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readModelFolder } from './checkpoint.ts';

const FIXTURES = fileURLToPath(new URL('./__fixtures__', import.meta.url));
/** Weights in several files, a template of its own: all that a model folder has. */
const LLAMA = join(FIXTURES, 'parity', 'llama3');
const ROUNDS = 1000;
/** The folders have 40 kB; a header that lies must not make anything larger of them. */
const MOST_GROWTH_BYTES = 256e6;
const SLOW = { timeout: 240_000 };

test(
  'a model folder with any of 1,000 mutated or truncated files is read or refused with a clear error',
  SLOW,
  async () => {
    await damage(LLAMA, async (refused, names) => {
      // special_tokens_map.json is carried along, never read.
      expect(refused).toEqual(names.filter((name) => name !== 'special_tokens_map.json'));
    });
  },
);

test('so is a folder of adapters', SLOW, async () => {
  await damage(join(FIXTURES, 'adapters', 'qwen3', 'ours'), async (refused, names) => {
    expect(refused).toEqual(names);
  });
});

describe('a hostile model folder', SLOW, () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskspace-hostile-'));
    await cp(LLAMA, folder, { recursive: true });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function refuses(message: RegExp): Promise<void> {
    const error: unknown = await readModelFolder(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as CheckpointError).message).toMatch(message);
    expect((error as CheckpointError).message.length).toBeLessThan(2000);
  }

  const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  test.each([
    ['config.json', 'model_type'],
    ['config.json', 'rope_scaling'],
    ['config.json', 'surprise'],
    ['tokenizer.json', 'added_tokens'],
    ['tokenizer.json', 'model'],
    ['tokenizer.json', 'normalizer'],
    ['generation_config.json', 'eos_token_id'],
    ['generation_config.json', 'top_p'],
    ['model.safetensors.index.json', 'weight_map'],
  ])('with lists in lists without end in %s, as its %s, is refused', async (name, field) => {
    const path = join(folder, name);
    const json = JSON.parse(await readFile(path, 'utf8'));
    delete json[field];
    await writeFile(path, JSON.stringify(json).replace(/\}$/u, `,"${field}":${DEEP}}`));
    await refuses(new RegExp(`${name}: .*expected .*, got `, 'u'));
  });

  test.each([
    ['config.json', 10e9],
    ['tokenizer.json', 10e9],
    ['chat_template.jinja', 10e9],
    ['chat_template.jinja', 2e6],
    ['generation_config.json', 1e9],
  ])('with a %s of %d bytes is refused before it is read', async (name, size) => {
    // Sparse: the size is a lie that takes no room on the disk either.
    await truncate(join(folder, name), size);
    await refuses(new RegExp(`${name}: .*expected .*at most \\d+`, 'u'));
  });

  test
    .skipIf(process.platform === 'win32')
    .each([
      'config.json',
      'tokenizer.json',
      'chat_template.jinja',
      'model-00001-of-00003.safetensors',
    ])('with a pipe for a %s is not waited for', async (name) => {
    await rm(join(folder, name));
    execFileSync('mkfifo', [join(folder, name)]);
    await refuses(/expected a readable file, got a pipe or a device/u);
  });

  test('with a header that promises more than memory holds costs no memory', async () => {
    const entry = { dtype: 'F32', shape: [2 ** 50], data_offsets: [0, 2 ** 52] };
    const header = Buffer.from(JSON.stringify({ 'model.norm.weight': entry }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = join(folder, 'model-00001-of-00003.safetensors');
    await writeFile(file, Buffer.concat([length, header]));
    await refuses(/data_offsets within the 0 data bytes of the file, got \[0, 4503599627370496\]/u);
    length.writeBigUInt64LE(2n ** 63n);
    await writeFile(file, Buffer.concat([length, header]));
    await refuses(
      /expected a header of 2 to \d+ bytes, got a header length of 9223372036854775808/u,
    );
  });

  test('with a template that would never end is refused when it is used, and the folder still reads', async () => {
    const forever =
      '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}';
    await writeFile(join(folder, 'chat_template.jinja'), forever);
    const { template } = await readModelFolder(folder);
    expect(() => template.render([], { addGenerationPrompt: true })).toThrow(CheckpointError);
  });
});

/** Damages a copy of a folder's files, one at a time, and says which of them were then refused. */
async function damage(
  source: string,
  check: (refused: readonly string[], names: readonly string[]) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'taskspace-damaged-'));
  // As deep as in the fixtures, so that adapters find their model.
  const folder = join(root, 'adapters', 'family', 'own');
  try {
    await cp(source, folder, { recursive: true });
    await cp(join(FIXTURES, 'parity', 'qwen3'), join(root, 'parity', 'qwen3'), { recursive: true });
    const names = (await readdir(folder)).filter((name) => !name.startsWith('expected.')).sort();
    const random = createRandom('damaged folder');
    const refused = new Set<string>();
    const before = process.memoryUsage().rss;
    for (let round = 0; round < ROUNDS; round++) {
      const name = names[round % names.length]!;
      const whole = await readFile(join(source, name));
      await writeFile(join(folder, name), mutate(whole, random));
      try {
        const { tokenizer, template } = await readModelFolder(folder);
        const messages = [{ role: 'user', content: 'Is 6*7 = 42? é' }] as const;
        tokenizer.decode(
          tokenizer.encode(template.render(messages, { addGenerationPrompt: true })),
        );
        tokenizer.tokenBytes(512);
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        expect(error.message).toMatch(/: .*expected .+, got .+\. .+\./su);
        refused.add(name);
      }
      await writeFile(join(folder, name), whole);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES);
    await check([...refused].sort(), names);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A part, other bytes somewhere, or, in text, another number, word or bracket. */
function mutate(whole: Buffer, random: RandomStream): string | Buffer {
  const at = random.integer(whole.length);
  const kind = random.integer(4);
  if (kind === 0) return whole.subarray(0, at);
  if (kind === 1) {
    const bytes = Buffer.from(whole);
    bytes.subarray(at, at + 1 + random.integer(8)).fill(random.integer(256));
    return bytes;
  }
  // Headers of safetensors begin with eight bytes of length, which stay right here: the lie is inside.
  const text = whole.toString('latin1');
  const values = [...text.matchAll(/"[^"]*"|-?\d+|true|false|null|[[\]{}%]/gu)];
  const chosen = values[random.integer(values.length)]!;
  const replacements = ['null', '-1', '7', '1e300', '9007199254740991', '"x"', '[]', '{}', 'true'];
  const replacement = replacements[random.integer(replacements.length)]!;
  const fitted = replacement.padEnd(chosen[0].length).slice(0, Math.max(chosen[0].length, 1));
  const put = kind === 2 ? replacement : fitted;
  const end = chosen.index + chosen[0].length;
  return Buffer.from(`${text.slice(0, chosen.index)}${put}${text.slice(end)}`, 'latin1');
}
