/** One string per canonical tree: equal strings mean equal trees. */
import { childrenOf, type Expression } from './expression.ts';
import { print } from './rational.ts';

const KEYS = new WeakMap<Expression, string>();

/** The key of a canonical tree; remembered, since trees never change. */
export function keyOf(node: Expression): string {
  const known = KEYS.get(node);
  if (known !== undefined) return known;
  const key = makeKey(node);
  KEYS.set(node, key);
  return key;
}

function makeKey(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return print(node.value);
    case 'digits':
      return `#${node.text}`;
    case 'symbol':
      return `$${node.name}`;
    case 'constant':
      return `@${node.name}`;
    case 'dots':
      return '…';
    case 'number-set':
      return `set:${node.name}`;
    case 'text':
      return `"${node.text}"`;
    case 'letters':
      return `'${node.text}'`;
    case 'based':
      return `${node.digits}_${node.base}`;
    default:
      return `${headOf(node)}(${childrenOf(node).map(keyOf).join(' ')})`;
  }
}

function headOf(node: Expression): string {
  switch (node.kind) {
    case 'sum':
      return '+';
    case 'product':
      return '*';
    case 'power':
      return '^';
    case 'call':
      return node.name;
    case 'apply':
      return `.${node.name}`;
    case 'plusminus':
      return node.sign === 1 ? '±' : '∓';
    case 'bind': {
      const bounds = `${node.lower === undefined ? '' : '_'}${node.upper === undefined ? '' : '^'}`;
      return `${node.operator}${bounds}${node.side ?? ''}:${node.variable}`;
    }
    case 'matrix':
      return `matrix${node.rows.length}`;
    case 'bracket':
      return `${node.open}${node.close}`;
    case 'relation':
      return node.operators.join(' ');
    case 'unit':
      return `[${node.unit}]`;
    case 'set-operation':
      return node.operator;
    default:
      return node.kind;
  }
}
