/**
 * Whether an answer gives the gold answer: what counts as the same list, tuple, interval, assignment, relation, ratio,
 * quantity or text. Formulas are left to `equality.ts`. The comparison is not symmetric where the question could be
 * echoed back: an equation may lose its left side, a gold interval is not answered by an inequality.
 */
import { canonical } from './canonical.ts';
import { equalExpressions, isConstant, type Judge } from './equality.ts';
import { type Expression, numberNode, type Of, some } from './expression.ts';
import { keyOf } from './keys.ts';
import { equationChain, type Part, partsOf, positionalNames } from './parts.ts';
import { print, rational } from './rational.ts';
import { equalRealSets, realSetOf } from './real-set.ts';
import { equalRelations } from './relations.ts';
import {
  isBracketList,
  isInequality,
  isSetLike,
  isSolutionSet,
  linksOf,
  sameVariables,
  solutionSets,
  statesInequality,
} from './solutions.ts';
import { replaceSymbols } from './substitute.ts';
import { isText, sameNoun, sameText, wordsOf } from './text-answer.ts';
import { isUnitLetter, relateUnits } from './units.ts';

/** The outcome and the rule that decided it. */
export interface Comparison {
  readonly equal: boolean;
  readonly rule: string;
}

const DIFFERENT: Comparison = { equal: false, rule: 'different' };

/** Compares two readings. */
export function compareAnswers(gold: Expression, given: Expression, judge: Judge): Comparison {
  // The usual case in training, and no rule below would find them equal.
  const { absoluteTolerance, relativeTolerance } = judge.policy;
  const isExact = absoluteTolerance === 0 && relativeTolerance === 0;
  if (isExact && areDifferentNumbers(gold, given)) {
    return { equal: false, rule: 'same-form' };
  }
  const [a, b] = judge.policy.strict
    ? [gold, given]
    : [positionalNames(gold, replaceSymbols), positionalNames(given, replaceSymbols)];
  return compareNodes(a, b, judge);
}

/** Whether both are exact numbers, written as such, of different value. */
function areDifferentNumbers(a: Expression, b: Expression): boolean {
  if (a.kind !== 'number' || b.kind !== 'number' || a.decimal || b.decimal) return false;
  return a.value.top !== b.value.top || a.value.bottom !== b.value.bottom;
}

function compareNodes(gold: Expression, given: Expression, judge: Judge): Comparison {
  // "no solution" is the empty set in words.
  if (isText(gold) && given.kind === 'set') return compareTexts(gold, given);
  if (isText(given) && gold.kind === 'set') return compareTexts(gold, given);
  const goldParts = expandSet(partsOf(gold, judge.budget), judge);
  const givenParts = expandSet(partsOf(given, judge.budget), judge);
  const [a] = goldParts;
  const [b] = givenParts;
  if (a !== undefined && b !== undefined && goldParts.length === 1 && givenParts.length === 1) {
    return compareParts(a, b, judge);
  }
  const tuple = compareWithTuple(goldParts, givenParts, judge);
  if (tuple !== undefined) return tuple;
  const listed = compareLists(
    goldParts,
    givenParts,
    judge,
    gold.kind === 'set' || given.kind === 'set',
  );
  if (listed.equal) return listed;
  const [links, others] = [linksOf(gold), linksOf(given)];
  if (
    links.length > 1 &&
    others.length > 1 &&
    (gold.kind === 'relation') !== (given.kind === 'relation')
  ) {
    const chained = compareLists(links.map(unnamed), others.map(unnamed), judge);
    if (chained.equal) return { equal: true, rule: 'relation' };
  }
  return compareSolutions(gold, given, judge) ?? listed;
}

/** A lone finite set is the list of its elements. */
function expandSet(parts: Part[], judge: Judge): Part[] {
  const [only] = parts;
  if (only === undefined || parts.length !== 1 || only.value.kind !== 'set') return parts;
  const items = only.value.items.flatMap((item) => partsOf(item, judge.budget));
  return items.length === 1 ? items : items.map((item) => ({ ...item, name: item.name }));
}

/** `(1, 2)` against `1, 2` and against `x = 1, y = 2`; the gold tuple keeps its order. */
function compareWithTuple(
  gold: readonly Part[],
  given: readonly Part[],
  judge: Judge,
): Comparison | undefined {
  if (judge.policy.tuples === 'strict') return undefined;
  const goldItems = tupleItems(gold, given.length);
  if (goldItems !== undefined) {
    const named = given.every((part) => part.name !== undefined);
    const order = named ? orderByNames(gold[0], given) : given;
    return order === undefined
      ? DIFFERENT
      : inOrder(
          goldItems,
          order.map(({ value }) => value),
          judge,
        );
  }
  const givenItems = tupleItems(given, gold.length);
  if (givenItems === undefined) return undefined;
  const names = new Set(gold.map((part) => part.name));
  if (names.size === gold.length) {
    const order = given[0]?.name === undefined ? gold : (orderByNames(given[0], gold) ?? gold);
    return inOrder(
      order.map(({ value }) => value),
      givenItems,
      judge,
    );
  }
  return compareLists(gold, givenItems.map(unnamed), judge);
}

/** The coordinates of a lone round bracket with `count` of them. */
function tupleItems(parts: readonly Part[], count: number): readonly Expression[] | undefined {
  const [only] = parts;
  if (parts.length !== 1 || only?.value.kind !== 'bracket' || count < 2) return undefined;
  const { open, close, items } = only.value;
  return open === '(' && close === ')' && items.length === count ? items : undefined;
}

/** Named values in the order in which the tuple's left side names them. */
function orderByNames(
  tuple: Part | undefined,
  parts: readonly Part[],
): readonly Part[] | undefined {
  if (tuple?.name === undefined) return parts;
  const names = tuple.name.slice(1, -1).split(' ');
  const order = names.map((name) => parts.find((part) => part.name === name));
  return order.includes(undefined) ? undefined : order.filter((part) => part !== undefined);
}

function unnamed(value: Expression): Part {
  return { name: undefined, value, whole: value };
}

function inOrder(
  gold: readonly Expression[],
  given: readonly Expression[],
  judge: Judge,
): Comparison {
  if (gold.length !== given.length) return DIFFERENT;
  for (const [index, value] of gold.entries()) {
    const other = given[index];
    if (other === undefined || !compareNodes(value, other, judge).equal) return DIFFERENT;
  }
  return { equal: true, rule: 'tuple' };
}

/** Lists are equal when every item of each is in the other. Distinct names and the policy make order count. */
function compareLists(
  gold: readonly Part[],
  given: readonly Part[],
  judge: Judge,
  isSet = false,
): Comparison {
  const { policy, budget } = judge;
  if (gold.length === 0 || given.length === 0) {
    return { equal: gold.length === given.length, rule: 'list' };
  }
  const oneSided =
    gold.every((part) => part.name !== undefined) !==
    given.every((part) => part.name !== undefined);
  const distinct = hasDistinctNames(gold) || hasDistinctNames(given);
  if (policy.lists === 'ordered' || (oneSided && distinct)) {
    if (gold.length !== given.length) return DIFFERENT;
    const all = gold.every((part, index) => {
      const other = given[index];
      return other !== undefined && compareParts(part, other, judge, true).equal;
    });
    return all ? { equal: true, rule: 'list' } : DIFFERENT;
  }
  // Two parts of a question may have the same answer; leaving one out is not answering it.
  const repeated =
    new Set(gold.map(({ value }) => keyOf(canonical(value, budget)))).size < gold.length;
  if (repeated && given.length < gold.length && !isSet) return DIFFERENT;
  const goldKeys = new Set(gold.map((part) => partKey(part, judge)));
  const givenKeys = new Set(given.map((part) => partKey(part, judge)));
  const matches = (a: Part, b: Part): boolean => {
    budget.spend(1);
    return compareParts(a, b, judge, true).equal;
  };
  const complete = gold.every(
    (part) => givenKeys.has(partKey(part, judge)) || given.some((other) => matches(part, other)),
  );
  const exact = given.every(
    (part) => goldKeys.has(partKey(part, judge)) || gold.some((other) => matches(other, part)),
  );
  return complete && exact ? { equal: true, rule: 'list' } : DIFFERENT;
}

/** Equal keys mean equal parts, which spares long lists most comparisons. */
function partKey({ name, value }: Part, { budget }: Judge): string {
  const kind = value.kind === 'unit' ? value.unit : value.kind;
  return `${name ?? ''} ${kind} ${keyOf(canonical(value, budget))}`;
}

/** Names that tell quantities apart; `x_1` and `x_2` only number the roots of one. */
function hasDistinctNames(parts: readonly Part[]): boolean {
  const names = new Set(
    parts.map((part) => (part.name ?? '').replace(/^(\.[^(]*_)\(\d+\)$/, '$1')),
  );
  return (
    parts.every((part) => part.name !== undefined) &&
    names.size === parts.length &&
    parts.length > 1
  );
}

/** Inequalities side by side, intervals side by side and single sets, compared as sets of reals. */
function compareSolutions(
  gold: Expression,
  given: Expression,
  judge: Judge,
): Comparison | undefined {
  const echo = statesInequality(given) && !statesInequality(gold) && !judge.policy.allowSetRelation;
  if (echo || !(isSolutionSet(gold) && isSolutionSet(given))) return undefined;
  // Brackets side by side are points unless the other side says that they are intervals.
  if (isBracketList(gold) && isBracketList(given)) return undefined;
  if (!sameVariables(gold, given)) return undefined;
  const wanted = solutionSets(gold, judge);
  const found = wanted.length === 0 ? [] : solutionSets(given, judge);
  return wanted.some((a) => found.some((b) => equalRealSets(a, b, judge)))
    ? { equal: true, rule: 'interval' }
    : undefined;
}

/** Compares one value with one value. */
function compareParts(gold: Part, given: Part, judge: Judge, labelled = false): Comparison {
  if (gold.name !== undefined && given.name !== undefined) {
    if (sameName(gold.name, given.name))
      return compareValues(gold.value, given.value, judge, labelled);
    return compareWhole(gold.whole, given.whole, judge);
  }
  if (gold.name === undefined && gold.value.kind === 'relation') {
    return compareRelation(gold.value, given, judge);
  }
  if (given.name === undefined && given.value.kind === 'relation') {
    return compareWithRelation(gold, given.value, judge);
  }
  return compareValues(gold.value, given.value, judge, labelled);
}

/** Names are the same without regard to case when they are words, and `y` may stand for `f(x)`. */
function sameName(gold: string, given: string): boolean {
  if (gold === given) return true;
  if (gold.length > 4 && gold.toLowerCase() === given.toLowerCase()) return true;
  const isGraph = (name: string): boolean => /^\.[a-zA-Z]\(\$x\)$/.test(name);
  return (gold === '$y' && isGraph(given)) || (given === '$y' && isGraph(gold));
}

function compareWhole(gold: Expression, given: Expression, judge: Judge): Comparison {
  if (gold.kind !== 'relation' || given.kind !== 'relation') return DIFFERENT;
  return relate(gold, given, judge);
}

function relate(gold: Of<'relation'>, given: Of<'relation'>, judge: Judge): Comparison {
  const parts = (a: Expression, b: Expression): boolean => compareNodes(a, b, judge).equal;
  return equalRelations(gold, given, parts, judge) ? { equal: true, rule: 'relation' } : DIFFERENT;
}

/** A gold relation: answered by an equal one, or by the set of its solutions. */
function compareRelation(gold: Of<'relation'>, given: Part, judge: Judge): Comparison {
  const [residue] = gold.members;
  if (residue !== undefined && gold.members.length === 1 && given.value.kind !== 'relation') {
    // 7 (mod 10) is answered by 7.
    return compareValues(residue, given.value, judge);
  }
  const chain = equationChain(gold);
  const last = chain?.at(-1);
  if (chain !== undefined && last !== undefined && chain.every((member) => isConstant(member))) {
    // 1/2 + 1/3 = 5/6 states its last member.
    return compareParts(unnamed(last), given, judge);
  }
  if (given.whole.kind === 'relation' && given.value.kind !== 'set-operation') {
    const direct = relate(gold, given.whole, judge);
    if (direct.equal) return direct;
  }
  const wanted = isInequality(gold) ? realSetOf(gold, judge.budget) : undefined;
  const solutions = wanted === undefined ? undefined : realSetOf(given.value, judge.budget);
  if (wanted === undefined || solutions === undefined) return DIFFERENT;
  if (!sameVariables(gold, given.value)) return DIFFERENT;
  return equalRealSets(wanted, solutions, judge) ? { equal: true, rule: 'interval' } : DIFFERENT;
}

/** A relation as response to a gold value: an equation gives its last member, an inequality only by policy. */
function compareWithRelation(gold: Part, given: Of<'relation'>, judge: Judge): Comparison {
  if (gold.whole.kind === 'relation') {
    const direct = relate(gold.whole, given, judge);
    if (direct.equal) return direct;
  }
  const last = equationChain(given)?.at(-1);
  if (last !== undefined && gold.whole.kind !== 'relation') {
    return compareValues(gold.value, last, judge);
  }
  if (!judge.policy.allowSetRelation || !isInequality(given)) return DIFFERENT;
  const wanted = realSetOf(gold.value, judge.budget);
  const solutions = realSetOf(given, judge.budget);
  if (wanted === undefined || solutions === undefined) return DIFFERENT;
  return equalRealSets(wanted, solutions, judge) ? { equal: true, rule: 'interval' } : DIFFERENT;
}

/** Two values without names. */
function compareValues(
  gold: Expression,
  given: Expression,
  judge: Judge,
  labelled = false,
): Comparison {
  judge.budget.spend(1);
  if (
    gold.kind === 'list' ||
    given.kind === 'list' ||
    gold.kind === 'set' ||
    given.kind === 'set'
  ) {
    if (gold.kind !== 'set' || given.kind !== 'set') return compareNested(gold, given, judge);
    return compareLists(gold.items.map(unnamed), given.items.map(unnamed), judge, true);
  }
  if (isText(gold) || isText(given)) return compareTexts(gold, given);
  if (gold.kind === 'unit' || given.kind === 'unit')
    return compareQuantities(gold, given, judge, labelled);
  if (gold.kind === 'percent' || given.kind === 'percent')
    return comparePercents(gold, given, judge);
  if (gold.kind === 'based' || given.kind === 'based') return compareBased(gold, given, judge);
  if (gold.kind === 'ratio' || given.kind === 'ratio') return compareRatios(gold, given, judge);
  if (gold.kind === 'bracket' && given.kind === 'bracket')
    return compareBrackets(gold, given, judge);
  if (gold.kind === 'bracket' || given.kind === 'bracket')
    return compareVectors(gold, given, judge);
  if (isSetLike(gold) || isSetLike(given)) return compareSets(gold, given, judge);
  const words = wordsOf(gold);
  const otherWords = wordsOf(given);
  if (words?.length === 1 && words.toLowerCase() === otherWords?.toLowerCase()) {
    return { equal: true, rule: 'letter' };
  }
  const value = equalExpressions(gold, given, judge);
  if (value.equal) return value;
  if ((gold.kind === 'degrees') !== (given.kind === 'degrees')) {
    // An angle may be given in degrees or in radians.
    const angle = equalExpressions(inRadians(gold), inRadians(given), judge);
    if (angle.equal) return { equal: true, rule: 'angle' };
  }
  return compareWithUnitLetter(gold, given, judge);
}

function inRadians(node: Expression): Expression {
  if (node.kind !== 'degrees') return node;
  const turn = numberNode(rational(1n, 180n));
  return { kind: 'product', factors: [node.value, { kind: 'constant', name: 'pi' }, turn] };
}

/** A set inside a list or a tuple: a set of one is its element. */
function compareNested(gold: Expression, given: Expression, judge: Judge): Comparison {
  const goldItems = gold.kind === 'set' || gold.kind === 'list' ? gold.items : [gold];
  const givenItems = given.kind === 'set' || given.kind === 'list' ? given.items : [given];
  if (goldItems.length === 0 || givenItems.length === 0) return compareTexts(gold, given);
  return compareLists(goldItems.map(unnamed), givenItems.map(unnamed), judge);
}

function compareTexts(gold: Expression, given: Expression): Comparison {
  const name = (node: Expression): string | undefined => {
    if (node.kind === 'set' && node.items.length === 0) return 'no solution';
    if (node.kind === 'number-set' && node.name === 'R') return 'all real numbers';
    if (node.kind === 'number' && node.value.bottom === 1n) return print(node.value);
    return wordsOf(node);
  };
  const [a, b] = [name(gold), name(given)];
  return a !== undefined && b !== undefined && sameText(a, b)
    ? { equal: true, rule: 'text' }
    : DIFFERENT;
}

/** Numbers with units: known units agree after conversion, a missing one is overlooked unless required. */
function compareQuantities(
  gold: Expression,
  given: Expression,
  judge: Judge,
  labelled: boolean,
): Comparison {
  const goldUnit = gold.kind === 'unit' ? gold.unit : undefined;
  const givenUnit = given.kind === 'unit' ? given.unit : undefined;
  const a = gold.kind === 'unit' ? gold.value : gold;
  const b = given.kind === 'unit' ? given.value : given;
  if (goldUnit !== undefined && givenUnit === undefined && judge.policy.units === 'required')
    return DIFFERENT;
  if (goldUnit === undefined || givenUnit === undefined || judge.policy.units === 'ignore') {
    return compareValues(a, b, judge);
  }
  const relation = relateUnits(goldUnit, givenUnit);
  if (relation.kind === 'different') return DIFFERENT;
  if (relation.kind === 'unknown' && (labelled || judge.policy.units === 'required')) {
    // In a list the nouns say which number is which.
    if (!sameNoun(goldUnit, givenUnit)) return DIFFERENT;
  }
  const scaled: Expression =
    relation.kind === 'scaled' ? { kind: 'product', factors: [numberNode(relation.factor), a] } : a;
  const result = compareValues(scaled, b, judge);
  return result.equal ? { equal: true, rule: 'unit' } : result;
}

/** `25%` is 0.25, and under the lenient policy also 25, the sign being part of the question. */
function comparePercents(gold: Expression, given: Expression, judge: Judge): Comparison {
  const value = equalExpressions(gold, given, judge);
  if (value.equal || judge.policy.percent === 'value') return value;
  if ((gold.kind === 'percent') === (given.kind === 'percent')) return DIFFERENT;
  const a = gold.kind === 'percent' ? gold.value : gold;
  const b = given.kind === 'percent' ? given.value : given;
  return equalExpressions(a, b, judge).equal ? { equal: true, rule: 'percent' } : DIFFERENT;
}

/** Two stated bases compare values; where one side leaves the base out, the digits must be the same. */
function compareBased(gold: Expression, given: Expression, judge: Judge): Comparison {
  if (gold.kind === 'based' && given.kind === 'based') {
    return equalExpressions(gold, given, judge).equal ? { equal: true, rule: 'base' } : DIFFERENT;
  }
  const based = gold.kind === 'based' ? gold : given;
  const plain = gold.kind === 'based' ? given : gold;
  if (based.kind !== 'based' || plain.kind !== 'number' || plain.decimal) return DIFFERENT;
  return based.digits.replace(/^0+(?=.)/, '') === print(plain.value)
    ? { equal: true, rule: 'base' }
    : DIFFERENT;
}

/** Ratios are equal up to a factor, and one of two parts equals its quotient; with a 0 they must be written the same. */
function compareRatios(gold: Expression, given: Expression, judge: Judge): Comparison {
  const { budget } = judge;
  const a = gold.kind === 'ratio' ? gold.parts : [gold, numberNode(rational(1n))];
  const b = given.kind === 'ratio' ? given.parts : [given, numberNode(rational(1n))];
  if (a.length !== b.length) return DIFFERENT;
  // Half past three in the morning is not half past three in the afternoon.
  const [half, other] = [a.at(-1), b.at(-1)];
  if (half?.kind === 'unit' && other?.kind === 'unit' && !sameNoun(half.unit, other.unit))
    return DIFFERENT;
  const left = a.map((part) => canonical(part, budget));
  const right = b.map((part) => canonical(part, budget));
  if ([...left, ...right].some((part) => keyOf(part) === '0')) {
    const same = left.every((part, index) => keyOf(part) === keyOf(right[index] ?? part));
    return same ? { equal: true, rule: 'ratio' } : DIFFERENT;
  }
  const [first] = left;
  const [second] = right;
  const product = (x?: Expression, y?: Expression): Expression => ({
    kind: 'product',
    factors: [x, y].filter((factor) => factor !== undefined),
  });
  const same = left.every(
    (part, index) =>
      equalExpressions(product(part, second), product(right[index], first), judge).equal,
  );
  return same ? { equal: true, rule: 'ratio' } : DIFFERENT;
}

/** Tuples and intervals: the same ends in the same order, the same brackets where two make an interval. */
function compareBrackets(gold: Of<'bracket'>, given: Of<'bracket'>, judge: Judge): Comparison {
  if (gold.items.length !== given.items.length) return DIFFERENT;
  if (gold.items.length === 2 && (gold.open !== given.open || gold.close !== given.close))
    return DIFFERENT;
  const result = inOrder(gold.items, given.items, judge);
  return result.equal && gold.items.length === 2 ? { equal: true, rule: 'interval' } : result;
}

/** A column or row of a matrix against a tuple, and an interval against any other set. */
function compareVectors(gold: Expression, given: Expression, judge: Judge): Comparison {
  const matrix = gold.kind === 'matrix' ? gold : given.kind === 'matrix' ? given : undefined;
  if (matrix === undefined) return compareSets(gold, given, judge);
  const { rows } = matrix;
  const isVector = rows.length === 1 || rows.every((row) => row.length === 1);
  if (!isVector || judge.policy.tuples === 'strict') return DIFFERENT;
  const items = (node: Expression): readonly Expression[] =>
    node.kind === 'bracket' ? node.items : node.kind === 'matrix' ? node.rows.flat() : [];
  return inOrder(items(gold), items(given), judge);
}

/** Sets of reals piece by piece; others by the operands of their operations. */
function compareSets(gold: Expression, given: Expression, judge: Judge): Comparison {
  const { budget } = judge;
  const [a, b] = [realSetOf(gold, budget), realSetOf(given, budget)];
  if (a !== undefined && b !== undefined) {
    return equalRealSets(a, b, judge) ? { equal: true, rule: 'interval' } : DIFFERENT;
  }
  if (keyOf(canonical(gold, budget)) === keyOf(canonical(given, budget))) {
    return { equal: true, rule: 'same-form' };
  }
  if (gold.kind !== 'set-operation' || given.kind !== 'set-operation') return DIFFERENT;
  if (gold.operator !== given.operator) return DIFFERENT;
  if (gold.operator === 'difference') {
    return inOrder([gold.left, gold.right], [given.left, given.right], judge);
  }
  return compareLists(operands(gold, gold.operator), operands(given, gold.operator), judge);
}

function operands(node: Expression, operator: string): Part[] {
  if (node.kind !== 'set-operation' || node.operator !== operator) return [unnamed(node)];
  return [...operands(node.left, operator), ...operands(node.right, operator)];
}

/** `5 m` against a gold 5: a letter that can be a unit is overlooked when the gold answer has no letters at all. */
function compareWithUnitLetter(gold: Expression, given: Expression, judge: Judge): Comparison {
  if (given.kind !== 'product' || judge.policy.units === 'required') return DIFFERENT;
  if (some(gold, ({ kind }) => kind === 'symbol' || kind === 'letters')) return DIFFERENT;
  const last = given.factors.at(-1);
  if (last?.kind !== 'symbol' || !isUnitLetter(last.name)) return DIFFERENT;
  const rest: Expression = { kind: 'product', factors: given.factors.slice(0, -1) };
  if (!isConstant(rest)) return DIFFERENT;
  return equalExpressions(gold, rest, judge).equal ? { equal: true, rule: 'unit' } : DIFFERENT;
}
