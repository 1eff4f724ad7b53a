import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom, type RandomStream } from '@taskspace/core';
import { expect, test } from 'vitest';
import { readModelFolder } from './checkpoint.ts';

const FIXTURES = fileURLToPath(new URL('./__fixtures__', import.meta.url));
const ROUNDS = 1000;
/** The folders have 40 kB; a header that lies must not make anything larger of them. */
const MOST_GROWTH_BYTES = 256e6;
const SLOW = { timeout: 240_000 };

test(
  'a model folder with any of 1,000 mutated or truncated files is read or refused with a clear error',
  SLOW,
  async () => {
    // All that a model folder has, weights in several files and a template of its own included.
    await damage(join(FIXTURES, 'parity', 'llama3'), async (refused, names) => {
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
