/** What an answer is read as: one tree type for numbers, formulas, sets, relations and text. */
import type { Rational } from './rational.ts';

/** Relations; the right-to-left ones stay as written and are turned round when compared. */
export type RelationOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | 'in' | string;

/** Operators with a bound variable. */
export type Binder = 'sum' | 'product' | 'integral' | 'limit' | 'derivative';

/** A reading of an answer. Trees are never changed after they are made. */
export type Expression =
  | { readonly kind: 'number'; readonly value: Rational; readonly decimal: boolean }
  /** A whole number with too many digits to compute with; compared digit by digit. */
  | { readonly kind: 'digits'; readonly text: string }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'constant'; readonly name: 'pi' | 'e' | 'i' | 'infinity' | 'undefined' }
  | { readonly kind: 'sum'; readonly terms: readonly Expression[] }
  | { readonly kind: 'product'; readonly factors: readonly Expression[] }
  | { readonly kind: 'power'; readonly base: Expression; readonly exponent: Expression }
  /** A function with a known meaning: `sin`, `abs`, `factorial`, `log` (of value and base). */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** A function or an indexed name without a known meaning: `f(x)`, `a_{n}` (name `a_`). */
  | { readonly kind: 'apply'; readonly name: string; readonly args: readonly Expression[] }
  /** `left ± right`; `sign` is -1 for `∓`. */
  | {
      readonly kind: 'plusminus';
      readonly left: Expression;
      readonly right: Expression;
      readonly sign: 1 | -1;
    }
  | {
      readonly kind: 'bind';
      readonly operator: Binder;
      readonly variable: string;
      readonly lower?: Expression;
      readonly upper?: Expression;
      /** Side of a limit: `+`, `-` or nothing. */
      readonly side?: string;
      readonly body: Expression;
    }
  | { readonly kind: 'matrix'; readonly rows: readonly (readonly Expression[])[] }
  /** `(a, b)`: a tuple, a point or an interval. */
  | {
      readonly kind: 'bracket';
      readonly open: '(' | '[';
      readonly close: ')' | ']';
      readonly items: readonly Expression[];
    }
  | { readonly kind: 'set'; readonly items: readonly Expression[] }
  /** Several answers side by side, with the word that joins them if there is one. */
  | {
      readonly kind: 'list';
      readonly items: readonly Expression[];
      readonly joiner?: 'and' | 'or';
    }
  | { readonly kind: 'number-set'; readonly name: string }
  | {
      readonly kind: 'set-operation';
      readonly operator: 'union' | 'intersection' | 'difference';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'builder'; readonly element: Expression; readonly condition: Expression }
  /** A chain `m0 op0 m1 op1 m2 ...`, with the modulus of a congruence. */
  | {
      readonly kind: 'relation';
      readonly members: readonly Expression[];
      readonly operators: readonly RelationOperator[];
      readonly modulus?: Expression;
    }
  | { readonly kind: 'ratio'; readonly parts: readonly Expression[] }
  | { readonly kind: 'percent'; readonly value: Expression }
  | { readonly kind: 'degrees'; readonly value: Expression }
  | { readonly kind: 'unit'; readonly value: Expression; readonly unit: string }
  /** Digits in a stated base: `2516_8`. */
  | { readonly kind: 'based'; readonly digits: string; readonly base: number }
  /** A run of letters that is a word or a product of its letters. */
  | { readonly kind: 'letters'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  /** An ellipsis, which equals only an ellipsis. */
  | { readonly kind: 'dots' };

/** The kinds a tree can have. */
type Kind = Expression['kind'];

/** Narrows the union by kind. */
export type Of<K extends Kind> = Extract<Expression, { readonly kind: K }>;

/** A number; `decimal` when it was written as one. */
export function numberNode(value: Rational, decimal = false): Expression {
  return { kind: 'number', value, decimal };
}

/** A variable. */
export function symbolNode(name: string): Expression {
  return { kind: 'symbol', name };
}

/** A function with a known meaning. */
export function callNode(name: string, ...args: readonly Expression[]): Expression {
  return { kind: 'call', name, args };
}

/** What a single letter stands for: Euler's number, the imaginary unit, or a variable. */
export function letterNode(letter: string): Expression {
  if (letter === 'e' || letter === 'i') return { kind: 'constant', name: letter };
  return { kind: 'symbol', name: letter };
}

/** The parts of a tree, left to right. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'sum':
      return node.terms;
    case 'product':
      return node.factors;
    case 'power':
      return [node.base, node.exponent];
    case 'call':
    case 'apply':
      return node.args;
    case 'plusminus':
    case 'set-operation':
      return [node.left, node.right];
    case 'bind':
      return [
        ...(node.lower === undefined ? [] : [node.lower]),
        ...(node.upper === undefined ? [] : [node.upper]),
        node.body,
      ];
    case 'matrix':
      return node.rows.flat();
    case 'bracket':
    case 'set':
    case 'list':
      return node.items;
    case 'builder':
      return [node.element, node.condition];
    case 'relation':
      return node.members;
    case 'ratio':
      return node.parts;
    case 'percent':
    case 'degrees':
    case 'unit':
      return [node.value];
    default:
      return [];
  }
}

/** Whether any node of the tree satisfies `test`. */
export function some(node: Expression, test: (node: Expression) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => some(child, test));
}
