import { TaskspaceError } from '@taskspace/core';
import { isFloat } from '../onnx/dtype.ts';
import type { Graph, NodeOf, OperatorName, Value } from '../onnx/graph.ts';
import { sizeOf, spread, unbroadcast } from './broadcast.ts';
import { inversePermutation, isTransposedMatrix, permute, transposeMatrix } from './permute.ts';
import { gatherGradient, padSlice, placesAlong } from './selection.ts';

/** A node met on the way back, with what is known of the loss's gradient there. */
export interface Backward<Op extends OperatorName> extends NodeOf<Op> {
  readonly graph: Graph;
  /** Values whose gradient was asked for. */
  readonly requested: ReadonlySet<Value>;
  /** Gradients of the outputs, thin where possible (see `broadcast.ts`); of several outputs some may have none. */
  readonly gradients: NodeOf<Op>['outputs'] extends readonly [Value]
    ? readonly [g: Value]
    : readonly (Value | undefined)[];
}

/** Adds the nodes of one input's gradient; called only when that gradient is wanted. */
export type InputGradient = () => Value;

/** Gradients of a node's inputs in their order; undefined for an input that has none. */
export type Rule<Op extends OperatorName> = (
  node: Backward<Op>,
) => readonly (InputGradient | undefined)[];

type BroadcastingOperator = 'Add' | 'Mul' | 'Pow' | 'Min' | 'Max' | 'Where' | 'Clip';

/**
 * The gradient rule of every operator; `'none'` says that an operator is piecewise constant or gives no floating-point
 * numbers, so that nothing flows through it. In the comments y is the output and g the loss's gradient there.
 */
export const RULES: { readonly [Op in OperatorName]: Rule<Op> | 'none' } = {
  // |x|' = sign x, 0 at 0
  Abs: ({ graph, inputs: [x], gradients: [g] }) => {
    const zero = graph.scalar(0, x.dtype);
    const positive = () => graph.where(graph.greater(x, zero), g, zero);
    return [() => graph.where(graph.less(x, zero), graph.neg(g), positive())];
  },
  Cos: ({ graph, inputs: [x], gradients: [g] }) => [() => graph.neg(graph.mul(g, graph.sin(x)))],
  // erf' = 2/√π e^(-x²)
  Erf: ({ graph, inputs: [x], gradients: [g] }) => [
    () => {
      const slope = graph.mul(
        graph.exp(graph.neg(graph.mul(x, x))),
        graph.scalar(2 / Math.sqrt(Math.PI), x.dtype),
      );
      return graph.mul(g, slope);
    },
  ],
  Exp: ({ graph, outputs: [y], gradients: [g] }) => [() => graph.mul(g, y)],
  Identity: ({ gradients: [g] }) => [() => g],
  Log: ({ graph, inputs: [x], gradients: [g] }) => [() => graph.div(g, x)],
  Neg: ({ graph, gradients: [g] }) => [() => graph.neg(g)],
  // (1/x)' = -y²
  Reciprocal: ({ graph, outputs: [y], gradients: [g] }) => [
    () => graph.neg(graph.mul(graph.mul(g, y), y)),
  ],
  Relu: ({ graph, outputs: [y], gradients: [g] }) => {
    const zero = graph.scalar(0, y.dtype);
    return [() => graph.where(graph.greater(y, zero), g, zero)];
  },
  // σ' = y (1 - y)
  Sigmoid: ({ graph, outputs: [y], gradients: [g] }) => [
    () => graph.mul(graph.mul(g, y), graph.sub(graph.scalar(1, y.dtype), y)),
  ],
  Sin: ({ graph, inputs: [x], gradients: [g] }) => [() => graph.mul(g, graph.cos(x))],
  Sqrt: ({ graph, outputs: [y], gradients: [g] }) => [
    () => graph.div(graph.mul(g, graph.scalar(0.5, y.dtype)), y),
  ],
  Tanh: ({ graph, outputs: [y], gradients: [g] }) => [
    () => graph.mul(g, graph.sub(graph.scalar(1, y.dtype), graph.mul(y, y))),
  ],

  Add: broadcasting(({ gradients: [g] }) => [() => g, () => g]),
  // Where b was repeated it is summed over first, so that the sign is changed of few numbers.
  Sub: ({ graph, inputs: [a, b], outputs: [y], gradients: [g] }) => [
    () => unbroadcast(graph, g, y, a),
    () => graph.neg(unbroadcast(graph, g, y, b)),
  ],
  Mul: broadcasting(({ graph, requested, inputs: [a, b], outputs: [y], gradients: [g] }) => {
    // The scalar goes first: it meets g while g is thin.
    if (a === b) return [() => graph.mul(graph.mul(g, graph.scalar(2, a.dtype)), a), undefined];
    if (isSigmoidOf(graph, b, a) && !requested.has(b)) {
      return [() => graph.mul(g, swishSlope(graph, b, y)), undefined];
    }
    return [() => graph.mul(g, b), () => graph.mul(g, a)];
  }),
  // (a/b)' = a'/b - (a/b) b'/b
  Div: ({ graph, inputs: [a, b], outputs: [y], gradients: [g] }) => [
    () => unbroadcast(graph, graph.div(g, b), y, a),
    () => graph.neg(graph.div(unbroadcast(graph, graph.mul(g, y), y, b), b)),
  ],
  // (a^b)' = b a^(b-1) a' + a^b log(a) b'
  Pow: broadcasting(({ graph, inputs: [a, b], outputs: [y], gradients: [g] }) => [
    () => {
      const slope = graph.mul(b, graph.pow(a, graph.sub(b, graph.scalar(1, b.dtype))));
      return graph.mul(g, slope);
    },
    () => graph.mul(g, graph.mul(y, graph.log(a))),
  ]),
  // At a tie the first input gets all.
  Min: broadcasting(({ graph, inputs: [a, b], gradients: [g] }) =>
    chosen(graph, () => graph.lessOrEqual(a, b), g),
  ),
  Max: broadcasting(({ graph, inputs: [a, b], gradients: [g] }) =>
    chosen(graph, () => graph.greaterOrEqual(a, b), g),
  ),
  // Inside its bounds, and on them, x is passed on unchanged.
  Clip: broadcasting(({ graph, inputs: [x, low, high], outputs: [y], gradients: [g] }) => {
    const zero = graph.scalar(0, x.dtype);
    return [
      () => graph.where(graph.equal(x, y), g, zero),
      () => graph.where(graph.less(x, low), g, zero),
      () => graph.where(graph.greater(x, high), g, zero),
    ];
  }),

  And: 'none',
  Equal: 'none',
  Greater: 'none',
  GreaterOrEqual: 'none',
  Less: 'none',
  LessOrEqual: 'none',
  Not: 'none',
  Or: 'none',
  Where: broadcasting(({ graph, inputs: [condition], gradients: [g] }) => [
    undefined,
    ...chosen(graph, () => condition, g),
  ]),

  MatMul: matMulRule,

  // Where several elements are the largest they share the gradient.
  ReduceMax: ({ graph, inputs: [x, axesInput], attributes, outputs: [y], gradients: [g] }) => {
    const axes = graph.integers(axesInput) ?? [];
    const keepAxes = (z: Value) => (attributes.keepdims ? z : graph.unsqueeze(z, axes));
    return [
      () => {
        const largest = graph.cast(graph.equal(x, keepAxes(y)), x.dtype);
        const count = graph.reduceSum(largest, axes, true);
        return graph.mul(largest, graph.div(keepAxes(g), count));
      },
      undefined,
    ];
  },
  ReduceMean: ({ graph, inputs: [x, axesInput], attributes, gradients: [g] }) => {
    const axes = graph.integers(axesInput) ?? [];
    const share = () => graph.div(g, sizeOf(graph, x, axes));
    return [() => (attributes.keepdims ? share() : graph.unsqueeze(share(), axes)), undefined];
  },
  ReduceSum: ({ graph, inputs: [, axesInput], attributes, gradients: [g] }) => {
    const axes = graph.integers(axesInput) ?? [];
    return [() => (attributes.keepdims ? g : graph.unsqueeze(g, axes)), undefined];
  },
  Softmax: ({ graph, outputs: [y], gradients: [g] }) => [
    () => {
      const mean = graph.reduceSum(graph.mul(g, y), [-1], true);
      return graph.mul(graph.sub(g, mean), y);
    },
  ],

  Concat: ({ graph, inputs, attributes: { axis }, outputs: [y], gradients: [g] }) => {
    const parts = once(() => cut(graph, spread(graph, g, y), axis, inputs));
    return inputs.map((_, at) => () => parts()[at] as Value);
  },
  Expand: ({ graph, inputs: [x], outputs: [y], gradients: [g] }) => [
    () => unbroadcast(graph, g, y, x),
    undefined,
  ],
  Gather: ({ graph, inputs: [data, indices], attributes: { axis }, outputs: [y], gradients }) => [
    () => gatherGradient(graph, spread(graph, gradients[0], y), data, indices, axis),
    undefined,
  ],
  GatherElements: ({ graph, inputs: [data, indices], attributes: { axis }, gradients: [g] }) => [
    () => {
      const taken = graph.equal(placesAlong(graph, data, axis), graph.cast(indices, 'int32'));
      return graph.where(taken, g, graph.scalar(0, data.dtype));
    },
    undefined,
  ],
  Pad: ({ graph, inputs: [x, padsInput], outputs: [y], gradients: [g] }) => [
    () => {
      const pads = graph.integers(padsInput);
      if (!pads) {
        throw new TaskspaceError(
          'TASKSPACE_ERR_GRAPH',
          'Pad: expected constant pads where a gradient is wanted, got computed ones. Use split instead of slice.',
        );
      }
      const rank = x.shape.length;
      let result = spread(graph, g, y);
      for (let axis = 0; axis < rank; axis += 1) {
        const [before = 0, after = 0] = [pads[axis], pads[axis + rank]];
        if (before === 0 && after === 0) continue;
        result = graph.slice(result, axis, before, after === 0 ? undefined : -after);
      }
      return result;
    },
    undefined,
  ],
  Reshape: ({ graph, inputs: [x], outputs: [y], gradients: [g] }) => [
    () => graph.reshapeLike(spread(graph, g, y), x),
    undefined,
  ],
  Slice: ({ graph, inputs: [x, starts, ends, axes], outputs: [y], gradients: [g] }) => [
    () => padSlice(graph, spread(graph, g, y), x, { starts, ends, axes }),
    undefined,
    undefined,
    undefined,
  ],
  Split: ({ graph, attributes: { axis }, outputs, gradients }) => [
    () => {
      const parts = outputs.map((part, at) => {
        const gradient = gradients[at] ?? zeroLike(graph, part);
        return spread(graph, gradient, part);
      });
      return graph.concat(parts, axis);
    },
    undefined,
  ],
  Squeeze: ({ graph, inputs: [, axes], gradients: [g] }) => [
    () => graph.unsqueeze(g, graph.integers(axes) ?? []),
    undefined,
  ],
  Transpose: ({ graph, attributes: { perm }, gradients: [g] }) => [
    () => permute(graph, g, inversePermutation(perm)),
  ],
  Unsqueeze: ({ graph, inputs: [, axes], gradients: [g] }) => [
    () => graph.squeeze(g, graph.integers(axes) ?? []),
    undefined,
  ],

  // A rotation is undone by the opposite angle.
  RotaryEmbedding: ({ graph, inputs: [, positions, cos, sin], outputs: [y], gradients: [g] }) => [
    () => graph.rotary(spread(graph, g, y), positions, cos, graph.neg(sin)),
    undefined,
    undefined,
    undefined,
  ],

  Cast: ({ graph, inputs: [x], gradients: [g] }) => [() => graph.cast(g, x.dtype)],
  Range: 'none',
  Shape: 'none',
};

/** A thin zero: the gradient of a value the loss does not depend on. */
export function zeroLike(graph: Graph, value: Value): Value {
  const shape = value.shape.map(() => 1);
  return graph.constant([0], isFloat(value.dtype) ? value.dtype : 'float32', shape);
}

/** A rule that may forget that its operator broadcasts: what an input was repeated for is summed. */
function broadcasting<Op extends BroadcastingOperator>(rule: Rule<Op>): Rule<Op> {
  return (node) => {
    const inputs: readonly Value[] = node.inputs;
    return rule(node).map((gradient, at) => {
      if (!gradient) return undefined;
      return () => unbroadcast(node.graph, gradient(), node.outputs[0], inputs[at] as Value);
    });
  };
}

function isSigmoidOf(graph: Graph, value: Value, x: Value): boolean {
  const producer = graph.producer(value);
  return producer?.op === 'Sigmoid' && producer.inputs[0] === x;
}

/** (x σ(x))' = σ + y (1 - σ) with y = x σ(x): two passes over memory less than by the rules of the two factors. */
function swishSlope(graph: Graph, sigmoid: Value, y: Value): Value {
  const rest = graph.sub(graph.scalar(1, y.dtype), sigmoid);
  return graph.add(sigmoid, graph.mul(y, rest));
}

/** g goes to the first of two where a condition holds, and to the second elsewhere. */
function chosen(graph: Graph, condition: () => Value, g: Value): readonly InputGradient[] {
  const first = once(condition);
  const zero = graph.scalar(0, g.dtype);
  return [() => graph.where(first(), g, zero), () => graph.where(first(), zero, g)];
}

/**
 * (ab)' = g bᵀ for a and aᵀ g for b. A matrix `b` used for a whole batch (a weight) gets its gradient in one product of
 * `[rows, K]ᵀ × [rows, N]`. Transposes are explicit nodes: the CPU provider folds them into its product.
 */
function matMulRule({
  graph,
  inputs: [a, b],
  outputs: [y],
  gradients,
}: Backward<'MatMul'>): readonly InputGradient[] {
  const g = once(() => spread(graph, gradients[0], y));
  const overBatch = (product: Value, factor: Value) => unbroadcast(graph, product, product, factor);
  const forA = () => overBatch(graph.matMul(g(), transposeMatrix(graph, b)), a);
  const forB = () => {
    const isWeight = b.shape.length === 2;
    const left = isWeight ? asRows(graph, a) : a;
    const right = isWeight ? asRows(graph, g()) : g();
    // Where b is a transpose, the transpose added here meets the one of its rule, and both vanish.
    const product = isTransposedMatrix(graph, b)
      ? transposeMatrix(graph, graph.matMul(transposeMatrix(graph, right), left))
      : graph.matMul(transposeMatrix(graph, left), right);
    return overBatch(product, b);
  };
  return [forA, forB];
}

/** All axes but the last made one. */
function asRows(graph: Graph, x: Value): Value {
  if (x.shape.length === 2) return x;
  const width = x.shape.at(-1) ?? -1;
  return graph.reshape(x, [-1, width]);
}

/** Cuts along an axis into parts as wide as those that were joined. */
function cut(graph: Graph, x: Value, axis: number, joined: readonly Value[]): readonly Value[] {
  const widths = joined.map(({ shape }) => shape[axis] ?? 0);
  const known = widths.filter((width) => typeof width === 'number');
  if (known.length === widths.length) return graph.split(x, axis, known);
  const sizes = graph.concat(
    joined.map((part) => graph.shapeOf(part, axis, axis + 1)),
    0,
  );
  return graph.splitBy(x, axis, sizes, widths);
}

function once<Result extends object>(compute: () => Result): () => Result {
  let result: Result | undefined;
  return () => {
    result ??= compute();
    return result;
  };
}
