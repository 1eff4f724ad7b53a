import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom, type RandomStream } from '@taskspace/core';
import { expect, test } from 'vitest';
import { readModelFolder } from './checkpoint.ts';

const SOURCE = fileURLToPath(new URL('./__fixtures__/parity/llama3', import.meta.url));
/** Of all a model folder has, weights in several files and a template of its own included. */
const ROUNDS = 1000;
/** The folder has 40 kB; a header that lies must not make anything larger of it. */
const MOST_GROWTH_BYTES = 256e6;
const SLOW = { timeout: 240_000 };

test(
  'a model folder with any of 1,000 mutated or truncated files is read or refused with a clear error',
  SLOW,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskspace-damaged-'));
    try {
      await cp(SOURCE, folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => !name.startsWith('expected.')).sort();
      const random = createRandom('damaged folder');
      const refused = new Map<string, number>();
      const before = process.memoryUsage().rss;
      for (let round = 0; round < ROUNDS; round++) {
        const name = names[round % names.length]!;
        const whole = await readFile(join(SOURCE, name));
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
          refused.set(name, (refused.get(name) ?? 0) + 1);
        }
        await writeFile(join(folder, name), whole);
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES);
      // special_tokens_map.json is carried along, never read.
      expect([...refused.keys()].sort()).toEqual(
        names.filter((name) => name !== 'special_tokens_map.json'),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

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
