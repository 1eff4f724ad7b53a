import type { Shape } from './dims.ts';
import type { DType } from './dtype.ts';

/** A tensor in a graph: an input, a constant, or what a node computes. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

interface Signature<
  Inputs extends readonly Value[],
  Attributes = Readonly<Record<never, never>>,
  Outputs extends readonly Value[] = readonly [Value],
> {
  readonly inputs: Inputs;
  readonly attributes: Attributes;
  readonly outputs: Outputs;
}

type Unary = Signature<readonly [x: Value]>;
type Binary = Signature<readonly [a: Value, b: Value]>;
type Reduction = Signature<readonly [x: Value, axes: Value], { readonly keepdims: number }>;
type AxisOnly = { readonly axis: number };

/**
 * Inputs, attributes and outputs of every operator we use, by its ONNX name. Adding one here makes the compiler ask for its
 * shape inference (`infer.ts`), its gradient rule (`autodiff/rules.ts`) and its test data.
 */
export interface Operators {
  readonly Abs: Unary;
  readonly Cos: Unary;
  readonly Erf: Unary;
  readonly Exp: Unary;
  readonly Identity: Unary;
  readonly Log: Unary;
  readonly Neg: Unary;
  readonly Reciprocal: Unary;
  readonly Relu: Unary;
  readonly Sigmoid: Unary;
  readonly Sin: Unary;
  readonly Sqrt: Unary;
  readonly Tanh: Unary;

  readonly Add: Binary;
  readonly Div: Binary;
  readonly Max: Binary;
  readonly Min: Binary;
  readonly Mul: Binary;
  readonly Pow: Binary;
  readonly Sub: Binary;
  readonly Clip: Signature<readonly [x: Value, low: Value, high: Value]>;

  readonly And: Binary;
  readonly Equal: Binary;
  readonly Greater: Binary;
  readonly GreaterOrEqual: Binary;
  readonly Less: Binary;
  readonly LessOrEqual: Binary;
  readonly Not: Unary;
  readonly Or: Binary;
  readonly Where: Signature<readonly [condition: Value, a: Value, b: Value]>;

  readonly MatMul: Binary;

  readonly ReduceMax: Reduction;
  readonly ReduceMean: Reduction;
  readonly ReduceSum: Reduction;
  readonly Softmax: Signature<readonly [x: Value], AxisOnly>;

  readonly Concat: Signature<readonly Value[], AxisOnly>;
  readonly Expand: Signature<readonly [x: Value, shape: Value]>;
  readonly Gather: Signature<readonly [data: Value, indices: Value], AxisOnly>;
  readonly GatherElements: Signature<readonly [data: Value, indices: Value], AxisOnly>;
  readonly Pad: Signature<readonly [x: Value, pads: Value]>;
  readonly Reshape: Signature<readonly [x: Value, shape: Value]>;
  readonly Slice: Signature<readonly [x: Value, starts: Value, ends: Value, axes: Value]>;
  readonly Split: Signature<readonly [x: Value, sizes: Value], AxisOnly, readonly Value[]>;
  readonly Squeeze: Signature<readonly [x: Value, axes: Value]>;
  readonly Transpose: Signature<readonly [x: Value], { readonly perm: readonly number[] }>;
  readonly Unsqueeze: Signature<readonly [x: Value, axes: Value]>;

  /** Of ONNX Runtime's own operators, present in its CPU, CUDA and WebGPU providers. */
  readonly RotaryEmbedding: Signature<
    readonly [x: Value, positions: Value, cos: Value, sin: Value],
    { readonly interleaved: number }
  >;

  readonly Cast: Signature<readonly [x: Value], { readonly to: number }>;
  readonly Range: Signature<readonly [start: Value, limit: Value, delta: Value]>;
  readonly Shape: Signature<readonly [x: Value], { readonly start: number; readonly end: number }>;
}

/** ONNX names of the operators we use. */
export type OperatorName = keyof Operators;

/** One use of an operator in a graph. */
export interface NodeOf<Op extends OperatorName> {
  readonly op: Op;
  readonly inputs: Operators[Op]['inputs'];
  readonly attributes: Operators[Op]['attributes'];
  readonly outputs: Operators[Op]['outputs'];
}

/** A node of any operator; `op` tells them apart. */
export type GraphNode = { [Op in OperatorName]: NodeOf<Op> }[OperatorName];

/** Operators that are not in the ONNX standard, and where they are from. */
export const OPERATOR_DOMAINS: { readonly [Op in OperatorName]?: string } = {
  RotaryEmbedding: 'com.microsoft',
};
