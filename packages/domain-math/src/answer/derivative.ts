/** Symbolic derivatives of canonical trees, for answers that leave one to be taken. */
import { type Expression, numberNode, some } from './expression.ts';
import type { Ring } from './matrices.ts';
import { MINUS_ONE, ONE, rational, ZERO } from './rational.ts';

/** Canonical constructors the rules build with. */
export interface Calculus extends Ring {
  power(base: Expression, exponent: Expression): Expression;
}

const TWO = numberNode(rational(2n));

/** The derivative of `node` by `variable`; `undefined` where a rule is missing. */
export function differentiate(
  node: Expression,
  variable: string,
  calculus: Calculus,
): Expression | undefined {
  const isVariable = (part: Expression): boolean =>
    part.kind === 'symbol' && part.name === variable;
  if (node.kind === 'symbol') return numberNode(isVariable(node) ? ONE : ZERO);
  if (!some(node, isVariable)) {
    return some(node, (part) => part.kind === 'apply') ? undefined : numberNode(ZERO);
  }
  switch (node.kind) {
    case 'sum': {
      const parts = node.terms.map((term) => differentiate(term, variable, calculus));
      return every(parts) ? calculus.sum(parts) : undefined;
    }
    case 'product': {
      const parts = node.factors.map((factor, index) => {
        const inner = differentiate(factor, variable, calculus);
        return inner && calculus.product([...node.factors.filter((_, at) => at !== index), inner]);
      });
      return every(parts) ? calculus.sum(parts) : undefined;
    }
    case 'power':
      return ofPower(node.base, node.exponent, variable, calculus);
    case 'call': {
      const [argument] = node.args;
      if (argument === undefined || node.args.length !== 1) return undefined;
      const outer = ofCall(node.name, argument, calculus);
      const inner = differentiate(argument, variable, calculus);
      return outer && inner && calculus.product([outer, inner]);
    }
    default:
      return undefined;
  }
}

function ofPower(
  base: Expression,
  exponent: Expression,
  variable: string,
  { sum, product, power }: Calculus,
): Expression | undefined {
  const calculus = { sum, product, power };
  const inner = differentiate(base, variable, calculus);
  const above = differentiate(exponent, variable, calculus);
  if (inner === undefined || above === undefined) return undefined;
  // (u^v)' = v u^(v-1) u' + u^v ln(u) v'
  const first = product([exponent, power(base, sum([exponent, numberNode(MINUS_ONE)])), inner]);
  if (above.kind === 'number' && above.value.top === 0n) return first;
  const isE = base.kind === 'constant' && base.name === 'e';
  const logarithm: Expression = isE ? numberNode(ONE) : { kind: 'call', name: 'ln', args: [base] };
  return sum([first, product([power(base, exponent), logarithm, above])]);
}

function ofCall(
  name: string,
  x: Expression,
  { sum, product, power }: Calculus,
): Expression | undefined {
  const call = (other: string): Expression => ({ kind: 'call', name: other, args: [x] });
  const minus = numberNode(MINUS_ONE);
  switch (name) {
    case 'sin':
      return call('cos');
    case 'cos':
      return product([minus, call('sin')]);
    case 'tan':
      return power(call('sec'), TWO);
    case 'sec':
      return product([call('sec'), call('tan')]);
    case 'sinh':
      return call('cosh');
    case 'cosh':
      return call('sinh');
    case 'ln':
      return power(x, minus);
    case 'arctan':
      return power(sum([numberNode(ONE), power(x, TWO)]), minus);
    default:
      return undefined;
  }
}

function every(parts: readonly (Expression | undefined)[]): parts is readonly Expression[] {
  return !parts.includes(undefined);
}
