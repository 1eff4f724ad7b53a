import { ShapeError, TaskspaceError } from '@taskspace/core';
import {
  addDims,
  broadcastShapes,
  type Dim,
  divideDims,
  multiplyDims,
  type Shape,
  sameShape,
} from './dims.ts';
import { DATA_TYPE_CODES, type DType, isFloat } from './dtype.ts';
import type { OperatorName, Operators, Value } from './operators.ts';

/** Element type and shape of one output. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What inference may know beyond the types of the inputs. */
export interface Facts {
  readonly op: OperatorName;
  /** The elements of an int64 constant. */
  integers(value: Value): readonly number[] | undefined;
  /** The result's shape as told by the caller, for operators that take it as a tensor. */
  readonly resultShape: Shape | undefined;
}

type Inference<Op extends OperatorName> = (
  inputs: Operators[Op]['inputs'],
  attributes: Operators[Op]['attributes'],
  facts: Facts,
) => readonly TensorType[];

/** Output types of every operator; each function refuses inputs the operator cannot take. */
export const INFERENCE: { readonly [Op in OperatorName]: Inference<Op> } = {
  Abs: sameAsInput,
  Cos: sameAsInput,
  Erf: sameAsInput,
  Exp: sameAsInput,
  Identity: sameAsInput,
  Log: sameAsInput,
  Neg: sameAsInput,
  Reciprocal: sameAsInput,
  Relu: sameAsInput,
  Sigmoid: sameAsInput,
  Sin: sameAsInput,
  Sqrt: sameAsInput,
  Tanh: sameAsInput,
  Not: sameAsInput,

  Add: elementwise,
  Div: elementwise,
  Max: elementwise,
  Min: elementwise,
  Mul: elementwise,
  Pow: elementwise,
  Sub: elementwise,
  And: elementwise,
  Or: elementwise,
  Clip: ([x, low, high], _, { op }) => {
    requireSameType(op, [x, low, high]);
    for (const bound of [low, high]) {
      if (bound.shape.length > 0)
        throw new ShapeError(op, 'scalar bounds', bound.shape, 'Use min and max.');
    }
    return [x];
  },

  Equal: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Where: ([condition, a, b], _, { op }) => {
    requireType(op, condition, 'bool');
    requireSameType(op, [a, b]);
    return [{ dtype: a.dtype, shape: broadcastShapes(op, [condition.shape, a.shape, b.shape]) }];
  },

  MatMul: matMul,

  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceSum: reduction,
  Softmax: sameAsInput,

  Concat: (inputs, { axis }, { op }) => {
    const [first] = inputs;
    if (!first) throw new ShapeError(op, 'at least one tensor', [], 'Pass what is to be joined.');
    requireSameType(op, inputs);
    for (const { shape } of inputs) {
      const fits =
        shape.length === first.shape.length &&
        shape.every((dim, at) => at === axis || dim === first.shape[at]);
      if (!fits) {
        throw new ShapeError(
          op,
          `shapes equal to [${first.shape.join(', ')}] but for axis ${axis}`,
          shape,
          'Reshape or expand before joining.',
        );
      }
    }
    const joined = addDims(inputs.map(({ shape }) => shape[axis] as Dim));
    return [{ dtype: first.dtype, shape: first.shape.with(axis, joined) }];
  },
  Expand: ([x, shapeInput], _, facts) => {
    const target = facts.resultShape ?? facts.integers(shapeInput);
    if (!target) throw unknownShape(facts.op);
    return [{ dtype: x.dtype, shape: broadcastShapes(facts.op, [x.shape, target]) }];
  },
  Gather: ([data, indices], { axis }, { op }) => {
    requireInteger(op, indices);
    return [{ dtype: data.dtype, shape: data.shape.toSpliced(axis, 1, ...indices.shape) }];
  },
  GatherElements: ([data, indices], { axis }, { op }) => {
    requireInteger(op, indices);
    const expected = data.shape.with(axis, 1);
    if (!sameShape(indices.shape, expected)) {
      throw new ShapeError(
        op,
        `one index for each row, [${expected.join(', ')}]`,
        indices.shape,
        'Check the shape of the ids.',
      );
    }
    return [{ dtype: data.dtype, shape: indices.shape }];
  },
  Pad: ([x, padsInput], _, facts) => {
    if (facts.resultShape) return [{ dtype: x.dtype, shape: facts.resultShape }];
    const pads = facts.integers(padsInput);
    if (!pads) throw unknownShape(facts.op);
    const rank = x.shape.length;
    const shape = x.shape.map((dim, axis) =>
      addDims([dim, pads[axis] ?? 0, pads[axis + rank] ?? 0]),
    );
    return [{ dtype: x.dtype, shape }];
  },
  Reshape: ([x, shapeInput], _, facts) => {
    const target = facts.integers(shapeInput);
    const shape = target ? reshaped(facts.op, x.shape, target) : facts.resultShape;
    if (!shape) throw unknownShape(facts.op);
    return [{ dtype: x.dtype, shape: facts.resultShape ?? shape }];
  },
  Slice: ([x, startsInput, endsInput, axesInput], _, facts) => {
    const starts = constantOf(facts, startsInput);
    const ends = constantOf(facts, endsInput);
    let shape = [...x.shape];
    for (const [at, axis] of constantOf(facts, axesInput).entries()) {
      shape = shape.with(axis, sliced(shape[axis] as Dim, starts[at] ?? 0, ends[at] ?? 0));
    }
    return [{ dtype: x.dtype, shape }];
  },
  Split: ([x, sizesInput], { axis }, facts) => {
    const sizes = facts.integers(sizesInput) ?? facts.resultShape;
    if (!sizes) throw unknownShape(facts.op);
    if (addDims(sizes) !== x.shape[axis]) {
      throw new ShapeError(
        facts.op,
        `sizes that add up to ${x.shape[axis]}, axis ${axis} of [${x.shape.join(', ')}]`,
        sizes,
        'Name every part.',
      );
    }
    return sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.with(axis, size) }));
  },
  Squeeze: ([x, axesInput], _, facts) => {
    const axes = constantOf(facts, axesInput);
    if (axes.some((axis) => x.shape[axis] !== 1)) {
      throw new ShapeError(
        facts.op,
        `size 1 in axes [${axes.join(', ')}]`,
        x.shape,
        'Reduce them first.',
      );
    }
    return [{ dtype: x.dtype, shape: x.shape.filter((_dim, axis) => !axes.includes(axis)) }];
  },
  Transpose: ([x], { perm }, { op }) => {
    const sorted = perm.toSorted((a, b) => a - b);
    if (perm.length !== x.shape.length || sorted.some((axis, at) => axis !== at)) {
      const expected = `a tensor whose axes [${perm.join(', ')}] permutes`;
      throw new ShapeError(op, expected, x.shape, 'Name every axis once.');
    }
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis] as Dim) }];
  },
  Unsqueeze: ([x, axesInput], _, facts) => {
    const axes = constantOf(facts, axesInput);
    const shape = [...x.shape];
    for (const axis of axes.toSorted((a, b) => a - b)) shape.splice(axis, 0, 1);
    return [{ dtype: x.dtype, shape }];
  },

  RotaryEmbedding: ([x, positions, cos, sin], _, { op }) => {
    requireSameType(op, [x, cos, sin]);
    requireType(op, positions, 'int64');
    const half = cos.shape[1];
    const fits =
      (x.shape.length === 3 || x.shape.length === 4) &&
      typeof half === 'number' &&
      Number(x.shape.at(-1)) % (2 * half) === 0;
    if (!fits) {
      const expected = `[B, T, heads * 2 * W] or [B, H, T, 2 * W] for tables [P, W = ${half}]`;
      throw new ShapeError(op, expected, x.shape, 'Check the head width.');
    }
    return [x];
  },

  Cast: ([x], { to }, { op }) => [{ dtype: typeOfCode(op, to), shape: x.shape }],
  Range: ([start, limit, delta], _, { op, resultShape }) => {
    requireSameType(op, [start, limit, delta]);
    if (!resultShape) throw unknownShape(op);
    return [{ dtype: start.dtype, shape: resultShape }];
  },
  Shape: (_, { start, end }) => [{ dtype: 'int64', shape: [end - start] }],
};

function sameAsInput([x]: readonly [Value]): readonly TensorType[] {
  return [x];
}

function elementwise(
  [a, b]: readonly [Value, Value],
  _attributes: unknown,
  { op }: Facts,
): readonly TensorType[] {
  requireSameType(op, [a, b]);
  return [{ dtype: a.dtype, shape: broadcastShapes(op, [a.shape, b.shape]) }];
}

function comparison(
  [a, b]: readonly [Value, Value],
  _attributes: unknown,
  { op }: Facts,
): readonly TensorType[] {
  requireSameType(op, [a, b]);
  return [{ dtype: 'bool', shape: broadcastShapes(op, [a.shape, b.shape]) }];
}

function matMul(
  [a, b]: readonly [Value, Value],
  _attributes: unknown,
  { op }: Facts,
): readonly TensorType[] {
  requireSameType(op, [a, b]);
  for (const { shape } of [a, b]) {
    if (shape.length < 2) throw new ShapeError(op, 'at least two axes', shape, 'Unsqueeze first.');
  }
  if (a.shape.at(-1) !== b.shape.at(-2)) {
    throw new ShapeError(
      op,
      `a second factor whose last axis but one is ${a.shape.at(-1)}, the last of [${a.shape.join(', ')}]`,
      b.shape,
      'Transpose one of them, or check the widths.',
    );
  }
  const batch = broadcastShapes(op, [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return [{ dtype: a.dtype, shape: [...batch, a.shape.at(-2) as Dim, b.shape.at(-1) as Dim] }];
}

function reduction(
  [x, axesInput]: readonly [Value, Value],
  { keepdims }: { readonly keepdims: number },
  facts: Facts,
): readonly TensorType[] {
  const axes = constantOf(facts, axesInput);
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const shape = keepdims ? kept : kept.filter((_, axis) => !axes.includes(axis));
  return [{ dtype: x.dtype, shape }];
}

/** Target of ONNX Reshape: 0 keeps the dimension in that place, -1 takes what is left. */
function reshaped(op: OperatorName, from: Shape, target: readonly number[]): Shape {
  const shape = target.map((dim, axis) => (dim === 0 ? (from[axis] ?? 0) : dim));
  const known = multiplyDims(shape.filter((dim) => dim !== -1));
  const rest = divideDims(multiplyDims(from), known);
  const open = shape.filter((dim) => dim === -1).length;
  if (rest === null || open > 1 || (open === 0 && rest !== 1)) {
    throw new ShapeError(
      op,
      `${multiplyDims(from)} elements, as in [${from.join(', ')}]`,
      shape,
      'Leave one dimension as -1, or check the sizes.',
    );
  }
  return shape.map((dim) => (dim === -1 ? rest : dim));
}

function sliced(dim: Dim, start: number, end: number): Dim {
  const toEnd = end >= Number.MAX_SAFE_INTEGER;
  if (typeof dim === 'number') {
    const from = Math.max(0, start < 0 ? start + dim : Math.min(start, dim));
    const to = Math.max(from, end < 0 ? end + dim : Math.min(end, dim));
    return to - from;
  }
  if (start < 0) return toEnd ? -start : addDims([end, -start]);
  if (toEnd || end < 0) return addDims([dim, toEnd ? 0 : end, -start]);
  return end - start;
}

function constantOf(facts: Facts, value: Value): readonly number[] {
  const elements = facts.integers(value);
  if (elements) return elements;
  throw graphError(facts.op, 'a constant for axes and bounds', value.name, 'Pass numbers.');
}

function typeOfCode(op: OperatorName, code: number): DType {
  const found = Object.entries(DATA_TYPE_CODES).find(([, each]) => each === code);
  if (found) return found[0] as DType;
  throw graphError(op, 'the code of an element type', code, 'Use cast(x, dtype).');
}

function requireType(op: OperatorName, value: Value, dtype: DType): void {
  if (value.dtype === dtype) return;
  throw graphError(op, `${dtype} for ${value.name}`, value.dtype, `Use cast(x, '${dtype}').`);
}

function requireInteger(op: OperatorName, value: Value): void {
  if (!isFloat(value.dtype) && value.dtype !== 'bool') return;
  throw graphError(op, `int32 or int64 for ${value.name}`, value.dtype, `Use cast(x, 'int32').`);
}

function requireSameType(op: OperatorName, values: readonly Value[]): void {
  const types = new Set(values.map(({ dtype }) => dtype));
  if (types.size <= 1) return;
  const shown = values.map(({ name, dtype }) => `${name}: ${dtype}`).join(', ');
  throw graphError(op, 'inputs of one element type', shown, 'Use cast on one of them.');
}

function unknownShape(op: OperatorName): TaskspaceError {
  return graphError(
    op,
    'a result shape',
    'a shape tensor alone',
    'Say the shape as dimensions too.',
  );
}

function graphError(op: string, expected: string, got: unknown, hint: string): TaskspaceError {
  return new TaskspaceError(
    'TASKSPACE_ERR_GRAPH',
    `${op}: expected ${expected}, got ${got}. ${hint}`,
  );
}
