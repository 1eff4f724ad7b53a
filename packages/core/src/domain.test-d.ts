import { assertType, expectTypeOf, test } from 'vitest';
import { type Domain, defineDomain } from './index.ts';

interface Options {
  readonly split: 'starter' | 'full';
  readonly limit: number;
  readonly levels: readonly number[];
  readonly folder?: string;
}

const parts = {
  tasks: () => ({ split: 'train' as const, size: 0, at: () => ({}) as never }),
  environment: { open: () => Promise.reject(new Error('never opened')) },
  verifier: { verify: () => ({ quality: 0, correct: false }) },
};

const properties = {
  split: { type: 'string', enum: ['starter', 'full'], default: 'starter' },
  limit: { type: 'integer', minimum: 1, default: 100 },
  levels: { type: 'array', items: { type: 'integer' }, default: [1, 2] },
  folder: { type: 'string', nullable: true },
} as const;

test('an options schema that says what the options type says compiles', () => {
  const domain = defineDomain<Options>({
    name: 'toy',
    version: '0.1.0',
    options: { type: 'object', additionalProperties: false, required: [], properties },
    create: ({ limit, levels }) => {
      expectTypeOf(limit).toEqualTypeOf<number>();
      expectTypeOf(levels).toEqualTypeOf<readonly number[]>();
      return parts;
    },
  });
  expectTypeOf(domain).toEqualTypeOf<Domain<Options>>();
  assertType<Domain>(domain);
});

test('an enum value outside the options type does not compile', () => {
  defineDomain<Options>({
    name: 'toy',
    version: '0.1.0',
    // @ts-expect-error 'all' is not one of the splits
    options: {
      type: 'object',
      required: [],
      properties: { ...properties, split: { type: 'string', enum: ['starter', 'all'] } },
    },
    create: () => parts,
  });
});

test('a missing option does not compile', () => {
  const { limit: _, ...rest } = properties;
  defineDomain<Options>({
    name: 'toy',
    version: '0.1.0',
    // @ts-expect-error limit is in the options type but not in the schema
    options: { type: 'object', required: [], properties: rest },
    create: () => parts,
  });
});

test('an option of another type does not compile', () => {
  defineDomain<Options>({
    name: 'toy',
    version: '0.1.0',
    // @ts-expect-error limit is a number
    options: {
      type: 'object',
      required: [],
      properties: { ...properties, limit: { type: 'string' } },
    },
    create: () => parts,
  });
});
