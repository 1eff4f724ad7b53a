import { ShapeError, TaskspaceError } from '@taskspace/core';
import { type Dim, isStatic, normalizeAxis, type Shape, sameShape } from './dims.ts';
import { DATA_TYPE_CODES, type DType, type TensorData, tensorBytes } from './dtype.ts';
import { type Facts, INFERENCE } from './infer.ts';
import type { GraphNode, NodeOf, OperatorName, Operators, Value } from './operators.ts';

export type { Dim, Shape } from './dims.ts';
export type { DType, TensorData } from './dtype.ts';
export type { GraphNode, NodeOf, OperatorName, Value } from './operators.ts';

/** A tensor whose elements are part of the graph. */
export interface Constant {
  readonly value: Value;
  /** Little-endian elements. */
  readonly bytes: Uint8Array;
}

/** A result of the graph under the name it is asked for by. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** Nodes whose results the backward pass computes again; see {@link Graph.recomputed}. */
export interface Segment {
  readonly input: Value;
  readonly output: Value;
  /** Place of its first node, and of the first behind it. */
  readonly first: number;
  readonly end: number;
}

/** Where a slice ends when it goes to the end of the axis. */
const TO_END = 2n ** 63n - 1n;
/** Constants up to this many bytes are shared when equal. */
const SHARED_CONSTANT_BYTES = 64;

/**
 * An ONNX graph being built. Every operator is a method that appends a node and returns its result, with element type and
 * shape inferred at once, so that a mistake is reported on the line that makes it.
 *
 * Dimensions may be names (`'B'`); a name stands for one size in the whole graph. Element-wise operators broadcast as in
 * numpy: a named dimension goes with itself and with 1.
 */
export class Graph {
  readonly name: string;
  readonly #nodes: GraphNode[] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs: GraphOutput[] = [];
  readonly #constants = new Map<Value, Constant>();
  readonly #sharedConstants = new Map<string, Value>();
  readonly #producers = new Map<Value, GraphNode>();
  readonly #detached = new Set<Value>();
  readonly #segments: Segment[] = [];
  readonly #owned = new Set<Value>();
  readonly #names = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  /** Nodes in the order they were added, which is a topological order. */
  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  get outputs(): readonly GraphOutput[] {
    return this.#outputs;
  }

  get constants(): readonly Constant[] {
    return [...this.#constants.values()];
  }

  /** What is to be computed again when the graph is differentiated, in order. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The node that computes a value; undefined for inputs and constants. */
  producer(value: Value): GraphNode | undefined {
    return this.#producers.get(value);
  }

  /** Whether gradients stop at a value. */
  isDetached(value: Value): boolean {
    return this.#detached.has(value);
  }

  /** The elements of an int64 constant; undefined for other values. */
  integers(value: Value): readonly number[] | undefined {
    const constant = this.#constants.get(value);
    if (!constant || value.dtype !== 'int64') return undefined;
    return Array.from(new BigInt64Array(constant.bytes.buffer), Number);
  }

  // Inputs, constants, outputs

  /** A tensor given at every run. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#newValue(name, dtype, shape);
    this.#inputs.push(value);
    return value;
  }

  /** A tensor stored in the graph; small equal ones are stored once. */
  constant(data: TensorData, dtype: DType, shape: readonly number[]): Value {
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (count !== data.length) {
      throw new ShapeError(
        'constant',
        `a shape of ${data.length} elements`,
        shape,
        'Fix one of them.',
      );
    }
    const bytes = tensorBytes(data, dtype);
    const shares = bytes.length <= SHARED_CONSTANT_BYTES;
    const key = shares ? `${dtype} ${shape.join(',')} ${bytes.join(',')}` : '';
    const known = this.#sharedConstants.get(key);
    if (known) return known;
    const value = this.#newValue(this.#freshName('constant'), dtype, shape);
    this.#constants.set(value, { value, bytes });
    if (shares) this.#sharedConstants.set(key, value);
    return value;
  }

  /** A constant without dimensions. */
  scalar(x: number, dtype: DType = 'float32'): Value {
    return this.constant([x], dtype, []);
  }

  /** Makes a value a result of the graph under this name. */
  output(name: string, value: Value): void {
    this.#requireOwn('output', value);
    if (value.name === name) this.#outputs.push({ name, value });
    else this.#outputs.push({ name, value: this.#append('Identity', [value], {}, { name })[0] });
  }

  /**
   * Builds a part of the graph whose intermediate results are not kept for the backward pass, which computes them again from
   * `input` instead. Parts follow each other; none lies within another.
   */
  recomputed(input: Value, build: (input: Value) => Value): Value {
    const first = this.#nodes.length;
    const output = build(input);
    this.#segments.push({ input, output, first, end: this.#nodes.length });
    return output;
  }

  /** Adds a node once more, with other inputs of the same types; gives its outputs. */
  repeat(node: GraphNode, inputs: readonly Value[]): readonly Value[] {
    const outputs = node.outputs.map(({ dtype, shape }) =>
      this.#newValue(this.#freshName(node.op), dtype, shape),
    );
    for (const input of inputs) this.#requireOwn(node.op, input);
    this.#addNode({ ...node, inputs, outputs } as unknown as GraphNode);
    return outputs;
  }

  // Element by element

  abs(x: Value): Value {
    return this.#append('Abs', [x], {})[0];
  }
  cos(x: Value): Value {
    return this.#append('Cos', [x], {})[0];
  }
  /** Gauss error function. */
  erf(x: Value): Value {
    return this.#append('Erf', [x], {})[0];
  }
  exp(x: Value): Value {
    return this.#append('Exp', [x], {})[0];
  }
  identity(x: Value): Value {
    return this.#append('Identity', [x], {})[0];
  }
  /** Natural logarithm. */
  log(x: Value): Value {
    return this.#append('Log', [x], {})[0];
  }
  neg(x: Value): Value {
    return this.#append('Neg', [x], {})[0];
  }
  reciprocal(x: Value): Value {
    return this.#append('Reciprocal', [x], {})[0];
  }
  relu(x: Value): Value {
    return this.#append('Relu', [x], {})[0];
  }
  sigmoid(x: Value): Value {
    return this.#append('Sigmoid', [x], {})[0];
  }
  sin(x: Value): Value {
    return this.#append('Sin', [x], {})[0];
  }
  sqrt(x: Value): Value {
    return this.#append('Sqrt', [x], {})[0];
  }
  tanh(x: Value): Value {
    return this.#append('Tanh', [x], {})[0];
  }

  add(a: Value, b: Value): Value {
    return this.#append('Add', [a, b], {})[0];
  }
  div(a: Value, b: Value): Value {
    return this.#append('Div', [a, b], {})[0];
  }
  max(a: Value, b: Value): Value {
    return this.#append('Max', [a, b], {})[0];
  }
  min(a: Value, b: Value): Value {
    return this.#append('Min', [a, b], {})[0];
  }
  mul(a: Value, b: Value): Value {
    return this.#append('Mul', [a, b], {})[0];
  }
  pow(a: Value, b: Value): Value {
    return this.#append('Pow', [a, b], {})[0];
  }
  sub(a: Value, b: Value): Value {
    return this.#append('Sub', [a, b], {})[0];
  }
  /** Limits every element to `[low, high]`; bounds are numbers or scalar values. */
  clip(x: Value, low: number | Value, high: number | Value): Value {
    const bound = (limit: number | Value): Value =>
      typeof limit === 'number' ? this.scalar(limit, x.dtype) : limit;
    return this.#append('Clip', [x, bound(low), bound(high)], {})[0];
  }

  and(a: Value, b: Value): Value {
    return this.#append('And', [a, b], {})[0];
  }
  equal(a: Value, b: Value): Value {
    return this.#append('Equal', [a, b], {})[0];
  }
  greater(a: Value, b: Value): Value {
    return this.#append('Greater', [a, b], {})[0];
  }
  greaterOrEqual(a: Value, b: Value): Value {
    return this.#append('GreaterOrEqual', [a, b], {})[0];
  }
  less(a: Value, b: Value): Value {
    return this.#append('Less', [a, b], {})[0];
  }
  lessOrEqual(a: Value, b: Value): Value {
    return this.#append('LessOrEqual', [a, b], {})[0];
  }
  not(x: Value): Value {
    return this.#append('Not', [x], {})[0];
  }
  or(a: Value, b: Value): Value {
    return this.#append('Or', [a, b], {})[0];
  }
  where(condition: Value, a: Value, b: Value): Value {
    return this.#append('Where', [condition, a, b], {})[0];
  }
  /** The same elements, taken for a constant when the graph is differentiated. */
  detach(x: Value): Value {
    const detached = this.identity(x);
    this.#detached.add(detached);
    return detached;
  }
  /** True where an element is neither infinite nor NaN. */
  isFinite(x: Value): Value {
    return this.less(this.abs(x), this.scalar(Number.POSITIVE_INFINITY, x.dtype));
  }
  cast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x;
    return this.#append('Cast', [x], { to: DATA_TYPE_CODES[dtype] })[0];
  }

  // Products and reductions

  /** Matrix product over the last two axes; both factors have at least two. */
  matMul(a: Value, b: Value): Value {
    return this.#append('MatMul', [a, b], {})[0];
  }
  reduceMax(x: Value, axes: readonly number[], keepDims: boolean): Value {
    return this.#reduce('ReduceMax', x, axes, keepDims);
  }
  reduceMean(x: Value, axes: readonly number[], keepDims: boolean): Value {
    return this.#reduce('ReduceMean', x, axes, keepDims);
  }
  reduceSum(x: Value, axes: readonly number[], keepDims: boolean): Value {
    return this.#reduce('ReduceSum', x, axes, keepDims);
  }
  /** Softmax over the last axis. */
  softmax(x: Value): Value {
    return this.#append('Softmax', [x], { axis: -1 })[0];
  }
  /**
   * Logarithm of the softmax over the last axis. Composed, because the WebGPU provider has no kernel for it; backward it is
   * one pass over memory cheaper than the operator, which would compute the exponentials again.
   */
  logSoftmax(x: Value): Value {
    // The largest element cancels out of the result, and so out of the gradient.
    const shifted = this.sub(x, this.detach(this.reduceMax(x, [-1], true)));
    return this.sub(shifted, this.log(this.reduceSum(this.exp(shifted), [-1], true)));
  }
  /**
   * Turns the pairs (i, i + W) of every head by its position's angles: rotary position embedding as in Hugging Face models.
   * No gradient flows to the tables.
   *
   * @param x - `[B, T, H * 2W]` or `[B, H, T, 2W]`.
   * @param positions - int64 `[B, T]`, or `[1]`: the position of the first token of every row.
   * @param cos - Cosines by position, `[P, W]`; `sin` likewise.
   */
  rotary(x: Value, positions: Value, cos: Value, sin: Value): Value {
    return this.#append('RotaryEmbedding', [x, positions, cos, sin], { interleaved: 0 })[0];
  }

  // Shapes and selection

  concat(xs: readonly Value[], axis: number): Value {
    const along = normalizeAxis('concat', axis, xs[0]?.shape ?? []);
    return this.#append('Concat', xs, { axis: along })[0];
  }
  /** Repeats along axes of size 1 until the shape is that of `like`, or the one given. */
  expand(x: Value, like: Value | Shape): Value {
    const shape = 'name' in like ? like.shape : like;
    if (sameShape(x.shape, shape)) return x;
    return this.#append(
      'Expand',
      [x, this.#shapeTensor('expand', like)],
      {},
      { resultShape: shape },
    )[0];
  }
  /** Rows of `data` along an axis; `indices` must not be negative when a gradient is wanted. */
  gather(data: Value, indices: Value, axis: number): Value {
    const along = normalizeAxis('gather', axis, data.shape);
    return this.#append('Gather', [data, indices], { axis: along })[0];
  }
  /** Puts zeros before and after an axis. */
  pad(x: Value, axis: number, before: number, after: number): Value {
    const along = normalizeAxis('pad', axis, x.shape);
    const pads = new Array<number>(2 * x.shape.length).fill(0);
    pads[along] = before;
    pads[along + x.shape.length] = after;
    return this.#append('Pad', [x, this.#integerList(pads)], {})[0];
  }
  /** Zeros before and after every axis, `[rank * 2]` int64, all that come before first; `shape` is the result's. */
  padBy(x: Value, pads: Value, shape: Shape): Value {
    return this.#append('Pad', [x, pads], {}, { resultShape: shape })[0];
  }
  /**
   * The same elements in another shape.
   *
   * @param dims - 0 keeps the dimension in that place, -1 takes what is left, a name is looked up in the graph's inputs
   *   unless its size follows from `x`; or an int64 tensor, with the result's shape as third argument.
   */
  reshape(x: Value, dims: Shape | Value, resultShape?: Shape): Value {
    if ('name' in dims) {
      const options = resultShape ? { resultShape } : {};
      return this.#append('Reshape', [x, dims], {}, options)[0];
    }
    const target = reshapeTarget(x.shape, dims);
    if (target) return this.#append('Reshape', [x, this.#integerList(target)], {})[0];
    const shape = dims.map((dim, axis) => (dim === 0 ? (x.shape[axis] ?? 0) : dim));
    return this.#append(
      'Reshape',
      [x, this.#shapeTensor('reshape', shape)],
      {},
      { resultShape: shape },
    )[0];
  }
  /** The elements of `x` in the shape of `like`. */
  reshapeLike(x: Value, like: Value): Value {
    if (sameShape(x.shape, like.shape)) return x;
    const target = reshapeTarget(x.shape, like.shape);
    return target ? this.reshape(x, target) : this.reshape(x, this.shapeOf(like), like.shape);
  }
  /** Elements `start` to `end` (exclusive) of an axis; negative ones count from its end, no `end` goes to it. */
  slice(x: Value, axis: number, start: number, end?: number): Value {
    const along = normalizeAxis('slice', axis, x.shape);
    const stop = this.constant([end === undefined ? TO_END : BigInt(end)], 'int64', [1]);
    const inputs = [x, this.#integerList([start]), stop, this.#integerList([along])] as const;
    return this.#append('Slice', inputs, {})[0];
  }
  /** Cuts an axis into parts of these sizes. */
  split(x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
    const along = normalizeAxis('split', axis, x.shape);
    return this.#append('Split', [x, this.#integerList(sizes)], { axis: along });
  }
  /** As `split`, with sizes that are known when the graph runs: an int64 tensor, and what to call them. */
  splitBy(x: Value, axis: number, sizes: Value, dims: Shape): readonly Value[] {
    const along = normalizeAxis('split', axis, x.shape);
    return this.#append('Split', [x, sizes], { axis: along }, { resultShape: dims });
  }
  /** Drops axes of size 1. */
  squeeze(x: Value, axes: readonly number[]): Value {
    const dropped = axes.map((axis) => normalizeAxis('squeeze', axis, x.shape));
    return this.#append('Squeeze', [x, this.#integerList(dropped)], {})[0];
  }
  transpose(x: Value, perm: readonly number[]): Value {
    return this.#append('Transpose', [x], { perm })[0];
  }
  /** Adds axes of size 1; they are counted in the result. */
  unsqueeze(x: Value, axes: readonly number[]): Value {
    const result = new Array<number>(x.shape.length + axes.length).fill(1);
    const added = axes.map((axis) => normalizeAxis('unsqueeze', axis, result));
    return this.#append('Unsqueeze', [x, this.#integerList(added)], {})[0];
  }

  /** The dimensions `start` to `end` of a tensor as an int64 tensor. */
  shapeOf(x: Value, start = 0, end: number = x.shape.length): Value {
    const dims = x.shape.slice(start, end);
    if (isStatic(dims)) return this.#integerList(dims);
    return this.#append('Shape', [x], { start, end })[0];
  }
  /** The numbers from `start` in steps of `delta` below `limit`, all scalars; `size` says how many. */
  range(start: Value, limit: Value, delta: Value, size: Dim): Value {
    return this.#append('Range', [start, limit, delta], {}, { resultShape: [size] })[0];
  }
  /** 1 where a class is the one named, 0 elsewhere: ids `[…]`, result `[…, depth]`. */
  oneHot(ids: Value, depth: number, dtype: DType): Value {
    const classes = this.constant(
      Int32Array.from({ length: depth }, (_, id) => id),
      'int32',
      [depth],
    );
    const rows = this.unsqueeze(this.cast(ids, 'int32'), [-1]);
    return this.cast(this.equal(rows, classes), dtype);
  }
  /** One element of each row: x `[…, V]`, ids `[…]` in `[0, V)`, result `[…]`. */
  pick(x: Value, ids: Value): Value {
    const axis = normalizeAxis('pick', -1, x.shape);
    const indices = this.unsqueeze(this.cast(ids, 'int32'), [-1]);
    const picked = this.#append('GatherElements', [x, indices], { axis })[0];
    return this.squeeze(picked, [-1]);
  }

  #reduce(
    op: 'ReduceMax' | 'ReduceMean' | 'ReduceSum',
    x: Value,
    axes: readonly number[],
    keepDims: boolean,
  ): Value {
    // ONNX takes an empty list to mean every axis, which is never what a computed list meant.
    if (axes.length === 0) throw new ShapeError(op, 'at least one axis', axes, 'Name the axes.');
    const along = axes.map((axis) => normalizeAxis(op, axis, x.shape));
    return this.#append(op, [x, this.#integerList(along)], { keepdims: keepDims ? 1 : 0 })[0];
  }

  /** Dimensions as an int64 tensor; names are read from the inputs that declare them when the graph runs. */
  #shapeTensor(op: string, like: Value | Shape): Value {
    if ('name' in like) return this.shapeOf(like);
    if (isStatic(like)) return this.#integerList(like);
    const parts = like.map((dim) => {
      if (typeof dim === 'number') return this.#integerList([dim]);
      const holder = this.#inputs.find(({ shape }) => shape.includes(dim));
      if (!holder) {
        throw new ShapeError(
          op,
          `an input with a dimension ${dim}`,
          like,
          'Pass a tensor of that shape.',
        );
      }
      const axis = holder.shape.indexOf(dim);
      return this.shapeOf(holder, axis, axis + 1);
    });
    return this.concat(parts, 0);
  }

  #integerList(elements: readonly number[]): Value {
    return this.constant(elements, 'int64', [elements.length]);
  }

  #append<Op extends OperatorName>(
    op: Op,
    inputs: Operators[Op]['inputs'],
    attributes: Operators[Op]['attributes'],
    options: { readonly resultShape?: Shape; readonly name?: string } = {},
  ): Operators[Op]['outputs'] {
    for (const input of inputs) this.#requireOwn(op, input);
    const facts: Facts = {
      op,
      integers: (value) => this.integers(value),
      resultShape: options.resultShape,
    };
    const types = INFERENCE[op](inputs, attributes, facts);
    const outputs = types.map(({ dtype, shape }) =>
      this.#newValue(options.name ?? this.#freshName(op), dtype, shape),
    ) as readonly Value[] as Operators[Op]['outputs'];
    const node: NodeOf<Op> = { op, inputs, attributes, outputs };
    // NodeOf<Op> is one member of the union; the compiler cannot see that for an open Op.
    this.#addNode(node as unknown as GraphNode);
    return outputs;
  }

  #addNode(node: GraphNode): void {
    this.#nodes.push(node);
    for (const output of node.outputs) this.#producers.set(output, node);
  }

  #newValue(name: string, dtype: DType, shape: Shape): Value {
    if (this.#names.has(name)) {
      throw new TaskspaceError(
        'TASKSPACE_ERR_GRAPH',
        `graph ${this.name}: expected a new name, got ${name} again. Choose another.`,
      );
    }
    this.#names.add(name);
    const value: Value = Object.freeze({ name, dtype, shape: Object.freeze([...shape]) });
    this.#owned.add(value);
    return value;
  }

  #freshName(kind: string): string {
    let number = this.#names.size;
    while (this.#names.has(`${kind}_${number}`)) number += 1;
    return `${kind}_${number}`;
  }

  #requireOwn(op: string, value: Value): void {
    if (this.#owned.has(value)) return;
    throw new TaskspaceError(
      'TASKSPACE_ERR_GRAPH',
      `${op}: expected a value of graph ${this.name}, got ${value.name} of another. Build both in one graph.`,
    );
  }
}

/** Numbers for ONNX Reshape that turn one shape into another, null when names leave more than one open. */
function reshapeTarget(from: Shape, to: Shape): number[] | null {
  const target = to.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    return dim === from[axis] ? 0 : -1;
  });
  return target.filter((dim) => dim === -1).length > 1 ? null : target;
}
