/** Prints a reading so that a person sees how an answer was understood. */
import type { Expression } from './expression.ts';
import { print } from './rational.ts';

/** Longest printed reading; what is beyond is cut with an ellipsis. */
const MAX_LENGTH = 400;

/** A reading in plain notation, cut to a readable length. */
export function explain(node: Expression): string {
  const text = show(node, 0);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

// Binding strength: 0 list, 1 relation, 2 sum, 3 product, 4 power.
function show(node: Expression, outer: number): string {
  const text = showBare(node);
  return strengthOf(node) < outer ? `(${text})` : text;
}

function strengthOf(node: Expression): number {
  switch (node.kind) {
    case 'list':
      return 0;
    case 'relation':
    case 'set-operation':
    case 'ratio':
      return 1;
    case 'sum':
    case 'plusminus':
      return 2;
    case 'product':
    case 'unit':
    case 'bind':
      return 3;
    case 'number':
      return node.value.top < 0n || node.value.bottom !== 1n ? 3 : 5;
    case 'power':
      return isReciprocal(node) ? 3 : 4;
    default:
      return 5;
  }
}

function isReciprocal(node: Expression): boolean {
  return node.kind === 'power' && node.exponent.kind === 'number' && isNumber(node.exponent, -1n);
}

function isNumber(node: Expression, value: bigint): boolean {
  return node.kind === 'number' && node.value.top === value && node.value.bottom === 1n;
}

/** `a + b - c`, with the signs of products in front. */
function showSum(terms: readonly Expression[]): string {
  let text = '';
  for (const term of terms) {
    const shown = show(term, 2);
    if (text === '') text = shown;
    else if (shown.startsWith('-')) text += ` - ${shown.slice(1)}`;
    else text += ` + ${shown}`;
  }
  return text;
}

/** `a·b/c`, with reciprocals below and a factor of -1 as sign. */
function showProduct(factors: readonly Expression[]): string {
  const sign = factors.filter((factor) => isNumber(factor, -1n)).length % 2 === 1 ? '-' : '';
  const rest = factors.filter((factor) => !isNumber(factor, -1n));
  const above = rest.filter((factor) => !isReciprocal(factor));
  const below = rest.flatMap((factor) =>
    factor.kind === 'power' && isReciprocal(factor) ? [factor.base] : [],
  );
  const top = above.length === 0 ? '1' : above.map((factor) => show(factor, 3)).join('·');
  return `${sign}${[top, ...below.map((factor) => show(factor, 4))].join('/')}`;
}

function showBare(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return node.value.top.toString().length > 60 ? 'a long number' : print(node.value);
    case 'digits':
      return `${node.text.slice(0, 20)}… (${node.text.length} digits)`;
    case 'symbol':
      return node.name;
    case 'constant':
      return node.name;
    case 'sum':
      return showSum(node.terms);
    case 'product':
      return showProduct(node.factors);
    case 'power':
      return isReciprocal(node)
        ? showProduct([node])
        : `${show(node.base, 5)}^${show(node.exponent, 5)}`;
    case 'call':
    case 'apply':
      return `${node.name}(${commas(node.args)})`;
    case 'plusminus':
      return `${show(node.left, 2)} ${node.sign === 1 ? '±' : '∓'} ${show(node.right, 3)}`;
    case 'bind': {
      const range = [node.lower, node.upper].map((part) =>
        part === undefined ? '' : show(part, 2),
      );
      return `${node.operator}[${node.variable}: ${range.join('..')}${node.side ?? ''}] ${show(node.body, 3)}`;
    }
    case 'matrix':
      return `[${node.rows.map((row) => `[${commas(row)}]`).join(', ')}]`;
    case 'bracket':
      return `${node.open}${commas(node.items)}${node.close}`;
    case 'set':
      return `{${commas(node.items)}}`;
    case 'list':
      return node.items.map((item) => show(item, 1)).join(' and ');
    case 'number-set':
      return `the set ${node.name}`;
    case 'set-operation':
      return `${show(node.left, 2)} ${node.operator} ${show(node.right, 2)}`;
    case 'builder':
      return `{${show(node.element, 1)} with ${show(node.condition, 1)}}`;
    case 'relation':
      return showRelation(node);
    case 'ratio':
      return node.parts.map((part) => show(part, 2)).join(':');
    case 'percent':
      return `${show(node.value, 5)}%`;
    case 'degrees':
      return `${show(node.value, 5)}°`;
    case 'unit':
      return `${show(node.value, 3)} [${node.unit}]`;
    case 'based':
      return `${node.digits} in base ${node.base}`;
    case 'letters':
      return node.text;
    case 'text':
      return `"${node.text}"`;
    case 'dots':
      return '…';
  }
}

function showRelation(node: Extract<Expression, { kind: 'relation' }>): string {
  const parts = node.members.map((member, index) => {
    const operator = index === 0 ? '' : ` ${node.operators[index - 1]} `;
    return `${operator}${show(member, 1)}`;
  });
  const modulus = node.modulus === undefined ? '' : ` modulo ${show(node.modulus, 2)}`;
  return `${parts.join('')}${modulus}`;
}

function commas(items: readonly Expression[]): string {
  return items.map((item) => show(item, 1)).join(', ');
}
