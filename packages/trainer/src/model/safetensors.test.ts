import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom, type RandomStream } from '@taskspace/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  readMetadata,
  readSafetensors,
  readSafetensorsHeader,
  writeSafetensors,
} from './safetensors.ts';

const FIXTURE = fileURLToPath(new URL('./__fixtures__/hugging-face.safetensors', import.meta.url));
/** Many files; the limit is for machines that are busy. */
const SLOW = { timeout: 120_000 };
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-safetensors-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('reading', () => {
  const values = [0, -0, 1, -1.5, 65504, 2 ** -24, Math.fround(0.1), Number.POSITIVE_INFINITY];

  test('gives the values and metadata the reference implementation wrote', async () => {
    const tensors = await readSafetensors(FIXTURE, (name) => name !== 'mask');
    expect([...tensors.keys()].sort()).toEqual(['brain', 'count', 'empty', 'half', 'single']);
    expect(tensors.get('single')).toEqual({
      dtype: 'F32',
      shape: [2, 4],
      data: new Float32Array(values),
    });
    const half = [...values];
    half[6] = 0.0999755859375; // 0.1 rounded to 11 significant bits
    expect([...tensors.get('half')!.data]).toEqual(half);
    const brain = [...values];
    brain[4] = 65280; // 8 significant bits, cut off
    brain[6] = 0.099609375;
    expect([...tensors.get('brain')!.data]).toEqual(brain);
    expect(tensors.get('count')).toEqual({
      dtype: 'I64',
      shape: [],
      data: new Float32Array([-7]),
    });
    expect(tensors.get('empty')).toEqual({
      dtype: 'F32',
      shape: [0, 5],
      data: new Float32Array(0),
    });
    expect(await readMetadata(FIXTURE)).toEqual(
      new Map([
        ['format', 'pt'],
        ['note', 'made in Python'],
      ]),
    );
  });

  test('names the tensor whose type cannot be widened', async () => {
    await expect(readSafetensors(FIXTURE)).rejects.toThrow(
      /hugging-face\.safetensors: tensor "mask": expected F32, F16 or BF16, got BOOL\. Convert/u,
    );
  });

  test('widens every half-precision number as the platform does', async () => {
    const bytes = new Uint8Array(new Uint16Array(2 ** 16).map((_, bits) => bits).buffer);
    const path = await fileOf({ all: entry('F16', [2 ** 16], 0, bytes.length) }, bytes);
    const { data } = (await readSafetensors(path)).get('all')!;
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      const sign = bits >> 15 ? -1 : 1;
      // IEEE 754, spelt out: subnormal, normal, infinite or not a number.
      let expected = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
      if (exponent === 0) expected = (sign * fraction) / 1024 / 2 ** 14;
      if (exponent === 31) expected = fraction === 0 ? sign / 0 : Number.NaN;
      if (!Object.is(data[bits], expected)) expect.fail(`bits ${bits}: ${data[bits]}`);
    }
  });

  test('says that a missing file or a folder is not readable', async () => {
    await expect(readSafetensors(join(folder, 'absent'))).rejects.toThrow(
      /absent: expected a readable safetensors file, got ENOENT.*Check the path/u,
    );
    await expect(readSafetensors(folder)).rejects.toThrow(CheckpointError);
  });
});

describe('writing', () => {
  test('comes back as it was, views, scalars and odd names included', async () => {
    const path = join(folder, 'round-trip.safetensors');
    const buffer = new Float32Array([9, 1, 2, 3, 4, 5, 6, 9]);
    const tensors = new Map([
      ['b.weight', { shape: [2, 3], data: buffer.subarray(1, 7) }],
      ['7', { shape: [], data: new Float32Array([Math.PI]) }],
      ['__proto__', { shape: [1], data: new Float32Array([-0]) }],
      ['none', { shape: [3, 0], data: new Float32Array(0) }],
    ]);
    await writeSafetensors(path, tensors, { format: 'pt' });
    const read = await readSafetensors(path);
    expect([...read.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, { shape, data }] of tensors) {
      expect(read.get(name)).toEqual({ dtype: 'F32', shape, data: Float32Array.from(data) });
    }
    expect(await readMetadata(path)).toEqual(new Map([['format', 'pt']]));
  });

  test('aligns the data to eight bytes', async () => {
    const path = join(folder, 'aligned.safetensors');
    for (const name of ['a', 'ab', 'abc']) {
      await writeSafetensors(path, new Map([[name, { shape: [1], data: new Float32Array(1) }]]));
      const { tensors } = await readSafetensorsHeader(path);
      expect(tensors.get(name)!.start % 8).toBe(0);
    }
  });

  test('refuses a shape that does not fit its data and writes nothing', async () => {
    const path = join(folder, 'unfit.safetensors');
    const tensors = new Map([['w', { shape: [2, 2], data: new Float32Array(3) }]]);
    await expect(writeSafetensors(path, tensors)).rejects.toThrow(
      /tensor "w": expected 3 elements, got shape \[2,2\]/u,
    );
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });
});

describe('a damaged file', () => {
  const eight = new Uint8Array(8);
  const two = { a: entry('F32', [1], 0, 4), b: entry('F32', [1], 4, 8) };
  const cases: [string, unknown, Uint8Array, RegExp][] = [
    ['a header that is not JSON', '{"a":', eight, /expected a header that is a JSON object/u],
    ['a header that is a list', '[]', eight, /expected a header that is a JSON object, got \[\]/u],
    ['a header that is not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), eight, /JSON object/u],
    [
      'metadata that is not text',
      { ...two, __metadata__: { n: 1 } },
      eight,
      /__metadata__ to map/u,
    ],
    ['an unknown type', { a: entry('F31', [1], 0, 8) }, eight, /tensor "a": dtype as one of/u],
    ['a type from the prototype', { a: entry('toString', [1], 0, 8) }, eight, /dtype as one of/u],
    ['an entry that is null', { a: null }, eight, /dtype as one of.*got nothing/u],
    [
      'a negative size',
      { a: entry('F32', [-2], 0, 8) },
      eight,
      /shape as a list of sizes, got \[-2\]/u,
    ],
    ['a fractional size', { a: entry('F32', [0.5], 0, 8) }, eight, /shape as a list of sizes/u],
    ['a size of 2^60', { a: entry('F32', [2 ** 60], 0, 8) }, eight, /shape as a list of sizes/u],
    [
      'a product of sizes beyond any file',
      { a: entry('F32', [2 ** 50, 2 ** 50], 0, 8) },
      eight,
      /bytes for F32/u,
    ],
    [
      'a product that is not a number',
      { a: entry('F32', [...Array(40).fill(2 ** 52), 0], 0, 0) },
      eight,
      /bytes for F32/u,
    ],
    [
      'a size that does not fit the offsets',
      { a: entry('F32', [3], 0, 8) },
      eight,
      /12 bytes for F32 \[3\], got 8/u,
    ],
    [
      'offsets outside the file',
      { a: entry('F32', [4], 0, 16) },
      eight,
      /within the 8 data bytes.*got \[0, 16\]/u,
    ],
    ['offsets in reverse', { a: entry('F32', [1], 4, 0) }, eight, /within the 8 data bytes/u],
    [
      'one offset',
      { a: { dtype: 'F32', shape: [2], data_offsets: [8] } },
      eight,
      /as \[begin, end\], got \[8\]/u,
    ],
    [
      'overlapping tensors',
      { ...two, b: entry('F32', [1], 0, 4) },
      eight,
      /begin at data byte 4, got 0 \(an overlap\)/u,
    ],
    ['a gap', { b: two.b }, eight, /begin at data byte 0, got 4 \(a gap\)/u],
    ['bytes after the last tensor', { a: two.a }, eight, /which its tensors fill, got a file of/u],
  ];

  test.each(cases)('with %s is refused', async (_, header, bytes, message) => {
    const path = await fileOf(header, bytes);
    const error = await failureOf(readSafetensors(path));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/The file is damaged or incomplete/u);
  });

  test.each([0n, 1n, 9n, 2n ** 31n, 2n ** 63n, 2n ** 64n - 1n])(
    'with a header length of %s costs no memory',
    async (length) => {
      const bytes = Buffer.alloc(16, '{}      ');
      bytes.writeBigUInt64LE(length);
      const path = join(folder, 'lying-length.safetensors');
      await writeFile(path, bytes);
      const { message } = await failureOf(readSafetensors(path));
      expect(message).toContain(
        `expected a header of 2 to 8 bytes, got a header length of ${length}`,
      );
    },
  );

  test('cut off anywhere is refused', SLOW, async () => {
    const whole = await readFile(FIXTURE);
    const path = join(folder, 'cut.safetensors');
    await writeFile(path, whole);
    // From the end, so that one file serves: inside the data, at tensor borders, inside the header and its length.
    for (let length = whole.length - 1; length >= 0; length--) {
      await truncate(path, length);
      await failureOf(readSafetensorsHeader(path));
    }
  });

  test('with any of 1,000 mutations gives a clear error or a valid result', SLOW, async () => {
    const random = createRandom('mutated safetensors');
    const whole = await readFile(FIXTURE);
    const path = join(folder, 'mutated.safetensors');
    let refused = 0;
    for (let round = 0; round < 1000; round++) {
      await writeFile(path, mutate(whole, random));
      try {
        for (const { shape, data } of (await readSafetensors(path, isFloat)).values()) {
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
        expect((error as CheckpointError).message).toMatch(/: expected .+, got .+\. .+\./su);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});

function isFloat(name: string): boolean {
  return name !== 'mask';
}

function entry(dtype: string, shape: readonly number[], begin: number, end: number) {
  return { dtype, shape, data_offsets: [begin, end] };
}

/** A file with the given header, as it is or as JSON, and data bytes. */
async function fileOf(header: unknown, data: Uint8Array): Promise<string> {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const head = header instanceof Uint8Array ? header : Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  files += 1;
  const path = join(folder, `case-${files}.safetensors`);
  await writeFile(path, Buffer.concat([length, head, data]));
  return path;
}

async function failureOf(promise: Promise<unknown>): Promise<CheckpointError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  return error as CheckpointError;
}

/** One to four edits: a flipped bit, a changed digit, bytes cut out, doubled, overwritten, or the end cut off. */
function mutate(whole: Buffer, random: RandomStream): Buffer {
  let bytes = Buffer.from(whole);
  // Half of the edits go to the header, which is where the danger is.
  const place = () =>
    random.integer(random.integer(2) === 0 ? Math.min(600, bytes.length) : bytes.length);
  for (let edits = 1 + random.integer(4); edits > 0 && bytes.length > 0; edits--) {
    const at = place();
    const span = 1 + random.integer(12);
    const kind = random.integer(6);
    if (kind === 0) bytes[at] = bytes[at]! ^ (1 << random.integer(8));
    else if (kind === 1) bytes[nextDigit(bytes, at)] = 48 + random.integer(10);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + span)]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at + span), bytes.subarray(at)]);
    else if (kind === 4) bytes.subarray(at, at + span).fill(random.integer(256));
    else bytes = bytes.subarray(0, at);
  }
  return bytes;
}

function nextDigit(bytes: Buffer, from: number): number {
  const at = bytes.subarray(from).findIndex((byte) => byte >= 48 && byte <= 57);
  return at < 0 ? from : from + at;
}
