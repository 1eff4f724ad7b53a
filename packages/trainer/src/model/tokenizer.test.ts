import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom, type RandomStream } from '@taskspace/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertTokenizerFits, loadTokenizer, type Tokenizer } from './tokenizer.ts';

interface Reference {
  readonly tokenizer: Record<string, unknown>;
  readonly samples: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly decoded: string;
    readonly plain: string;
  }[];
}

const POCKET = fileURLToPath(new URL('../../../../examples/pocket/base', import.meta.url));
const REFERENCES: Record<string, Reference> = JSON.parse(
  await readFile(new URL('./__fixtures__/tokenizers.json', import.meta.url), 'utf8'),
);
/** Many files; the limit is for machines that are busy. */
const SLOW = { timeout: 120_000 };
let root: string;
let folders = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskspace-tokenizer-'));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describe.each(Object.entries(REFERENCES))(
  'a %s tokenizer',
  (kind, { tokenizer: json, samples }) => {
    let tokenizer: Tokenizer;

    beforeAll(async () => {
      tokenizer = await loadTokenizer(await folderOf(json, { eos_token: '<|end|>' }));
    });

    test.each(samples)(
      'gives the ids and texts of the reference implementation: $text',
      (sample) => {
        const { text, ids, decoded, plain } = sample;
        expect(tokenizer.encode(text)).toEqual(ids);
        expect(tokenizer.decode(ids)).toBe(decoded);
        expect(tokenizer.decode(ids, { skipSpecial: true })).toBe(plain);
      },
    );

    test.each(samples)(
      'spells tokens so that their bytes make the text: $text',
      ({ ids, decoded }) => {
        const { bytes, offsets } = tokenizer.tokenBytes(tokenizer.vocabSize + 3);
        const spelt = ids.map((id) => bytes.subarray(offsets[id], offsets[id + 1]));
        const text = Buffer.concat(spelt).toString('utf8');
        // The byte-fallback decoder drops one space at the very beginning.
        expect(kind === 'byte-fallback' ? text.replace(/^ /u, '') : text).toBe(decoded);
        expect(offsets.at(-1)).toBe(bytes.length);
      },
    );
  },
);

describe('loadTokenizer', () => {
  test('finds the tokens that end a response in both places, the main one first', async () => {
    const { tokenizer: json } = REFERENCES['byte-level']!;
    const both = await folderOf(json, { eos_token: { content: '<|start|>' } }, [7, 9]);
    expect((await loadTokenizer(both)).eosIds).toEqual([7, 9, 330]);
    expect((await loadTokenizer(await folderOf(json, {}, 7))).eosIds).toEqual([7]);
    const neither = await folderOf(json, {});
    await expect(loadTokenizer(neither)).rejects.toThrow(/expected a token that ends a response/u);
  });

  test('decodes nothing to nothing, and ids without a token to nothing', async () => {
    const tokenizer = await loadTokenizer(POCKET);
    expect(tokenizer.decode([])).toBe('');
    const { vocabSize } = tokenizer;
    expect(tokenizer.decode([vocabSize - 1, vocabSize, 1e5])).toBe(
      tokenizer.decode([vocabSize - 1]),
    );
    expect(tokenizer.encode('')).toEqual([]);
  });

  test('keeps spaces before punctuation as they were sampled', async () => {
    const tokenizer = await loadTokenizer(POCKET);
    expect(tokenizer.decode(tokenizer.encode(" a , b . c ? do n't"))).toBe(" a , b . c ? do n't");
  });

  const { tokenizer: json } = REFERENCES['byte-level']!;
  const model = json.model as Record<string, unknown>;
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['no model', { model: null }, /expected model, got null/u],
    [
      'an unknown kind of model',
      { model: { ...model, type: 'Magic' } },
      /model\.type as BPE.*"Magic"/u,
    ],
    ['no vocabulary', { model: { ...model, vocab: null } }, /model\.vocab as a map/u],
    ['an id that is not a number', { model: { ...model, vocab: { a: '1' } } }, /an id from 0 to/u],
    [
      'an enormous id',
      { model: { type: 'BPE', vocab: { a: 2 ** 31 }, merges: [] } },
      /an id from 0 to \d+, got 2147483648/u,
    ],
    [
      'two tokens with one id',
      { model: { type: 'BPE', vocab: { a: 1, b: 1 }, merges: [] } },
      /one token with id 1, got \["a","b"\]/u,
    ],
    [
      'a merge into no token',
      { model: { ...model, merges: [['a', 'Ġ']] } },
      /model\.merges to join two tokens/u,
    ],
    ['added tokens that are no list', { added_tokens: {} }, /added_tokens to be a list/u],
    [
      'an added token without an id',
      { added_tokens: [{ content: 'x' }] },
      /an id from 0 to \d+, got nothing/u,
    ],
    [
      'an unknown pre-tokenizer',
      { pre_tokenizer: { type: 'Magic' } },
      /a tokenizer that can be built.*Magic/u,
    ],
    [
      'a broken pattern',
      { pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } },
      /can be built/u,
    ],
    [
      'a pattern of no kind',
      { pre_tokenizer: { type: 'Split', pattern: {}, behavior: 'Isolated' } },
      /tokens for "Is 6\*7 = 42\?", got nothing/u,
    ],
    [
      'a vocabulary without most letters',
      { model: { type: 'BPE', vocab: { a: 0 }, merges: [] } },
      /tokens for/u,
    ],
  ];

  test.each(cases)('refuses a file with %s', async (_, change, message) => {
    const folder = await folderOf({ ...json, ...change }, { eos_token: '<|end|>' }, 1);
    const error: unknown = await loadTokenizer(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as CheckpointError).message).toMatch(message);
    expect((error as CheckpointError).message).toContain(join(folder, 'tokenizer.json'));
  });

  test('refuses ends of responses that are not in the vocabulary', async () => {
    await expect(loadTokenizer(await folderOf(json, { eos_token: '</s>' }))).rejects.toThrow(
      /tokenizer_config\.json: expected eos_token to be a token of tokenizer\.json, got "<\/s>"/u,
    );
    await expect(loadTokenizer(await folderOf(json, {}, [1, 999]))).rejects.toThrow(
      /generation_config\.json: expected eos_token_id below 333.*got 999/u,
    );
  });

  test('says which file is missing or is not JSON', async () => {
    const folder = await folderOf(json, {});
    await writeFile(join(folder, 'tokenizer_config.json'), '{"chat_template": ');
    await expect(loadTokenizer(folder)).rejects.toThrow(
      /tokenizer_config\.json: expected a JSON object/u,
    );
    await rm(join(folder, 'tokenizer.json'));
    await expect(loadTokenizer(folder)).rejects.toThrow(
      /tokenizer\.json: expected a file, got none/u,
    );
  });

  test(
    'with any of 1,000 mutations gives a clear error or a tokenizer that works',
    SLOW,
    async () => {
      const random = createRandom('mutated tokenizer');
      const whole = await readFile(join(POCKET, 'tokenizer.json'));
      const folder = await mkdtemp(join(root, 'mutated-'));
      await cp(POCKET, folder, { recursive: true });
      let refused = 0;
      for (let round = 0; round < 1000; round++) {
        await writeFile(join(folder, 'tokenizer.json'), mutate(whole, random));
        try {
          const tokenizer = await loadTokenizer(folder);
          tokenizer.decode(tokenizer.encode('Find x and y, 6x + 9y = 60. é'));
          tokenizer.tokenBytes(512);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
          expect((error as CheckpointError).message).toMatch(/: expected .+, got .+\. .+\./su);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(500);
    },
  );
});

describe('assertTokenizerFits', () => {
  test('accepts spare rows, refuses missing ones and another model', async () => {
    const tokenizer = await loadTokenizer(POCKET);
    const { vocabSize } = tokenizer;
    assertTokenizerFits('model', tokenizer, vocabSize);
    assertTokenizerFits('model', tokenizer, vocabSize + 128);
    for (const rows of [vocabSize - 1, 32_000]) {
      expect(() => assertTokenizerFits('model', tokenizer, rows)).toThrow(
        `got ${vocabSize} in tokenizer.json and a vocab_size of ${rows} in config.json`,
      );
    }
  });
});

async function folderOf(json: unknown, config: unknown, eosTokenId?: unknown): Promise<string> {
  folders += 1;
  const folder = await mkdtemp(join(root, `${folders}-`));
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  if (eosTokenId !== undefined) {
    const generation = JSON.stringify({ eos_token_id: eosTokenId });
    await writeFile(join(folder, 'generation_config.json'), generation);
  }
  return folder;
}

/** An edit of one to eight bytes, or, half of the time, of a whole value, so that the file stays JSON. */
function mutate(whole: Buffer, random: RandomStream): string | Buffer {
  const at = random.integer(whole.length);
  const span = 1 + random.integer(8);
  if (random.integer(4) === 0) return whole.subarray(0, at);
  if (random.integer(3) === 0) {
    const bytes = Buffer.from(whole);
    bytes.subarray(at, at + span).fill(random.integer(256));
    return bytes;
  }
  const values = whole.toString().match(/"[^"]*"|-?\d+|true|false|null/gu)!;
  const chosen = random.integer(values.length);
  const replacement = ['null', '-1', '7', '1e300', '"x"', '[]', '{}', 'true'][random.integer(8)]!;
  let index = 0;
  return whole
    .toString()
    .replace(/"[^"]*"|-?\d+|true|false|null/gu, (value) =>
      index++ === chosen ? replacement : value,
    );
}
