/**
 * Property tests: whatever comes, the verifier neither throws nor runs away; a changed number is never right; the same
 * answer in other clothes always is. The runs below are over 100,000 cases; the seed is fixed so that a failure repeats,
 * TASKSPACE_FUZZ_SEED and TASKSPACE_FUZZ_SCALE choose another one and more of them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_STEPS } from './budget.ts';
import { verifyAnswer } from './verify.ts';

const seed = Number(process.env.TASKSPACE_FUZZ_SEED ?? 20_260_101);
const scale = Number(process.env.TASKSPACE_FUZZ_SCALE ?? 1);
const TIMEOUT_MS = 240_000;
const runs = (count: number) => ({ seed, numRuns: Math.round(count * scale), endOnFailure: true });

/** A number and two ways of writing it. */
interface Written {
  readonly value: number;
  readonly plain: string;
  readonly dressed: string;
}

const pick = <T>(...items: readonly T[]) => fc.constantFrom(...items);

const grouped = (value: number, separator: string): string =>
  String(Math.abs(value)).replace(/\B(?=(?:\d{3})+(?!\d))/g, separator);
const signed = (value: number, digits: string): string => (value < 0 ? `-${digits}` : digits);

const integer: fc.Arbitrary<Written> = fc
  .tuple(
    fc.integer({ min: -10_000_000, max: 10_000_000 }),
    pick('plain', ',', '{,}', ',\\!', '\\,', 'point'),
  )
  .map(([value, style]) => ({
    value,
    plain: String(value),
    dressed:
      style === 'plain'
        ? String(value)
        : style === 'point'
          ? `${value}.0`
          : signed(value, grouped(value, style)),
  }));

const fraction: fc.Arbitrary<Written> = fc
  .tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 2, max: 99 }), fc.boolean(), fc.nat(3))
  .map(([top, bottom, negative, style]) => {
    const sign = negative ? '-' : '';
    const forms = [
      `${sign}${top}/${bottom}`,
      `${sign}\\dfrac{${top}}{${bottom}}`,
      `\\tfrac{${sign}${top}}{${bottom}}`,
      `${sign}\\frac {${2 * top}} {${2 * bottom}}`,
    ];
    return {
      value: ((negative ? -1 : 1) * top) / bottom,
      plain: `${sign}\\frac{${top}}{${bottom}}`,
      dressed: forms[style]!,
    };
  });

const number = fc.oneof(integer, fraction);

const wrap = pick<(answer: string) => string>(
  (answer) => `\\boxed{${answer}}`,
  (answer) => `So the answer is $\\boxed{${answer}}$.`,
  (answer) => `Work.\n\n**Final Answer**\n\\[ \\boxed{ ${answer} } \\]`,
  (answer) => `The final answer is $${answer}$.`,
  (answer) => `<think>perhaps \\boxed{1234567}</think> $$\\boxed{${answer}}$$`,
  (answer) => `\\boxed{x = ${answer}}`,
  (answer) => `\\boxed{\\text{ }${answer}\\text{ units}}`,
  (answer) => `Answer: $${answer}$`,
);

test(
  'a number in other clothes is right',
  () => {
    fc.assert(
      fc.property(number, wrap, ({ plain, dressed }, inside) => {
        expect(verifyAnswer(plain, inside(dressed)).correct).toBe(true);
      }),
      runs(20_000),
    );
  },
  TIMEOUT_MS,
);

test(
  'a changed number is never right',
  () => {
    fc.assert(
      fc.property(number, number, wrap, (gold, other, inside) => {
        fc.pre(gold.value !== other.value);
        expect(verifyAnswer(gold.plain, inside(other.dressed)).correct).toBe(false);
      }),
      runs(20_000),
    );
  },
  TIMEOUT_MS,
);

test(
  'a number with one digit changed is never right',
  () => {
    const digits = fc.tuple(
      fc.bigInt({ min: 1n, max: 10n ** 30n }),
      fc.nat(29),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(digits, wrap, ([value, place, step], inside) => {
        const text = value.toString();
        const at = place % text.length;
        const digit = (Number(text[at]) + step) % 10;
        const changed = text.slice(0, at) + digit + text.slice(at + 1);
        expect(verifyAnswer(text, inside(changed)).correct).toBe(false);
        expect(verifyAnswer(`1/${text}`, inside(`1/${changed}`)).correct).toBe(false);
      }),
      runs(8_000),
    );
  },
  TIMEOUT_MS,
);

/** A formula over x and y, as a tree that can be rendered in several equal ways. */
type Tree =
  | { readonly kind: 'leaf'; readonly text: string }
  | { readonly kind: 'sum' | 'product'; readonly parts: readonly Tree[] }
  | { readonly kind: 'square' | 'root' | 'sine'; readonly inner: Tree };

const tree: fc.Arbitrary<Tree> = fc.letrec<{ node: Tree }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('leaf' as const),
      text: pick('x', 'y', '2', '3', '7', '\\pi', '\\frac{1}{2}'),
    }),
    fc.record({
      kind: pick('sum' as const, 'product' as const),
      parts: fc.array(tie('node'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({
      kind: pick('square' as const, 'root' as const, 'sine' as const),
      inner: tie('node'),
    }),
  ),
})).node;

/** Plain rendering, left to right. */
function render(node: Tree): string {
  switch (node.kind) {
    case 'leaf':
      return node.text;
    case 'sum':
      return node.parts.map(render).join(' + ');
    case 'product':
      return node.parts.map((part) => `\\left(${render(part)}\\right)`).join(' \\cdot ');
    case 'square':
      return `\\left(${render(node.inner)}\\right)^{2}`;
    case 'root':
      return `\\sqrt{${render(node.inner)}}`;
    case 'sine':
      return `\\sin\\left(${render(node.inner)}\\right)`;
  }
}

/** The same formula from right to left, with other signs for the same operations. */
function renderDifferently(node: Tree): string {
  switch (node.kind) {
    case 'leaf':
      return `{${node.text.replace('\\frac{1}{2}', '0.5')}}`;
    case 'sum':
      return node.parts.map(renderDifferently).reverse().join('+');
    case 'product':
      return node.parts
        .map((part) => `(${renderDifferently(part)})`)
        .reverse()
        .join('');
    case 'square':
      return `(${renderDifferently(node.inner)})(${renderDifferently(node.inner)})`;
    case 'root':
      return `(${renderDifferently(node.inner)})^{1/2}`;
    case 'sine':
      return `\\sin{(${renderDifferently(node.inner)})}`;
  }
}

test(
  'a formula rewritten by commuting and respelling is right, one more than it is not',
  () => {
    fc.assert(
      fc.property(tree, (formula) => {
        const gold = render(formula);
        fc.pre(gold.length < 300);
        const same = verifyAnswer(gold, `\\boxed{${renderDifferently(formula)}}`);
        const more = verifyAnswer(gold, `\\boxed{${renderDifferently(formula)} + \\frac{1}{3}}`);
        expect([same.rule, same.correct]).toEqual([same.rule, true]);
        expect([more.rule, more.correct]).toEqual([more.rule, false]);
      }),
      runs(8_000),
    );
  },
  TIMEOUT_MS,
);

/** Changes of layout that a reader does not see. */
const LAYOUTS: readonly ((answer: string) => string)[] = [
  (answer) => answer.replaceAll(' ', '  '),
  (answer) => answer.replaceAll(' ', '\\,'),
  (answer) => answer.replaceAll('(', '\\left(').replaceAll(')', '\\right)'),
  (answer) => answer.replaceAll('(', '\\bigl(').replaceAll(')', '\\bigr)'),
  (answer) => answer.replaceAll('\\frac', '\\dfrac'),
  (answer) => answer.replaceAll('\\frac', '\\tfrac'),
  (answer) => `\\displaystyle ${answer}`,
  (answer) => `{${answer}}`,
  (answer) => `\\mathbf{${answer}}`,
  (answer) => `${answer}.`,
  (answer) => ` ${answer} `,
  (answer) => answer.replaceAll('-', '−'),
  (answer) => answer.replaceAll('\\cdot', '\\times'),
  (answer) => answer.replaceAll('\\infty', '∞'),
  (answer) => answer.replaceAll('\\pi', 'π'),
  (answer) => answer.replaceAll('\\', '\\\\'),
];

const GOLDS = [
  '42',
  '-17',
  '\\frac{3}{4}',
  '2\\sqrt{3}',
  '\\frac{1 + \\sqrt{5}}{2}',
  '(3, -4)',
  '(1, 2, 3)',
  '[0, \\infty)',
  '(-\\infty, 2) \\cup (3, \\infty)',
  '3, 5, 7',
  'x = 4',
  'x^2 - 3x + 2',
  '6 - 5i',
  '12 \\pi',
  '\\{1, 2\\}',
  'x \\geq 2',
  'y = 2x + 3',
  '\\sin x \\cdot \\cos x',
  'e^{-2t}',
  '\\log_{2} 10',
] as const;

test(
  'layout, fonts and Unicode spellings do not change a verdict',
  () => {
    const pair = fc.tuple(fc.nat(GOLDS.length - 1), fc.nat(GOLDS.length - 1));
    const layouts = fc.array(fc.nat(LAYOUTS.length - 1), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(pair, layouts, ([a, b], chosen) => {
        let answer: string = GOLDS[b]!;
        // In the order of the list, so that backslashes are doubled last.
        for (const index of [...new Set(chosen)].sort((i, j) => i - j))
          answer = LAYOUTS[index]!(answer);
        const verdict = verifyAnswer(GOLDS[a]!, `The answer is $\\boxed{${answer}}$.`);
        expect([answer, verdict.correct]).toEqual([answer, a === b]);
      }),
      runs(25_000),
    );
  },
  TIMEOUT_MS,
);

const FRAGMENTS = [
  ...'0123456789abcxyzABCie',
  ...' +-*/^_=<>!|,;:.()[]{}$%&~\'"\\\n#?',
  ...[
    '\\frac',
    '\\sqrt',
    '\\boxed{',
    '\\text{',
    '\\left',
    '\\right',
    '\\begin{pmatrix}',
    '\\end{pmatrix}',
  ],
  ...[
    '\\sin',
    '\\log_',
    '\\sum_{k=1}^',
    '\\int',
    '\\pm',
    '\\cup',
    '\\infty',
    '\\pi',
    '\\{',
    '\\}',
    '\\\\',
    '^{',
    '_{',
  ],
  ...[
    '####',
    '<think>',
    '</think>',
    'answer is ',
    'and',
    'or',
    '\u0000',
    '²',
    '½',
    '−',
    '≤',
    '１',
    '数',
    '\ud835\udfd2',
  ],
];

const soup = fc
  .array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 })
  .map((parts) => parts.join(''));

test(
  'no text makes the verifier throw or exceed its steps, and a text is never both right and wrong',
  () => {
    fc.assert(
      fc.property(soup, soup, fc.boolean(), (gold, response, answerOnly) => {
        const verdict = verifyAnswer(gold, response, { answerOnly });
        expect(typeof verdict.correct).toBe('boolean');
        expect(verdict.steps).toBeLessThanOrEqual(DEFAULT_STEPS + 5_000);
        expect(verifyAnswer(gold, response, { answerOnly })).toEqual(verdict);
      }),
      runs(25_000),
    );
  },
  TIMEOUT_MS,
);
