/**
 * Reverse-mode differentiation of an ONNX graph: the gradient is a few more nodes of the same graph. Nothing is added for
 * values on which the loss does not depend, or that do not depend on what is asked for.
 */
import { ShapeError } from '@taskspace/core';
import { isFloat } from '../onnx/dtype.ts';
import type { Graph, GraphNode, OperatorName, Value } from '../onnx/graph.ts';
import { spread } from './broadcast.ts';
import { Recomputation } from './recomputation.ts';
import { type Backward, RULES, type Rule, zeroLike } from './rules.ts';

/**
 * Appends the nodes that compute the gradient of `loss` with respect to each value of `wrt`. What was built as
 * {@link Graph.recomputed} is computed again for it.
 *
 * @param loss - One number: every dimension is 1.
 * @param wrt - Inputs, constants or intermediate values, of a floating-point type.
 * @returns One gradient per value of `wrt`, of its shape; zeros where the loss does not depend on it.
 * @throws {ShapeError} when the loss is not a single number.
 */
export function gradients(graph: Graph, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.some((dim) => dim !== 1)) {
    throw new ShapeError(
      'gradients',
      'a loss of one element',
      loss.shape,
      'Sum or average it first.',
    );
  }
  const requested = new Set(wrt);
  const wanted = dependants(graph, requested);
  const found = new Map<Value, Value>();
  found.set(
    loss,
    graph.constant(
      [1],
      loss.dtype,
      loss.shape.map(() => 1),
    ),
  );
  const again = new Recomputation(graph, requested, found);
  for (const [place, node] of [...graph.nodes.entries()].reverse()) {
    if (node.outputs.some((output) => found.has(output) && wanted.has(output))) {
      again.reach(place);
      passBack(graph, node, { requested, wanted, found, again });
    }
  }
  return wrt.map((value) => spread(graph, found.get(value) ?? zeroLike(graph, value), value));
}

/** The values that change with any of `sources`, these included. */
function dependants(graph: Graph, sources: ReadonlySet<Value>): ReadonlySet<Value> {
  const reached = new Set(sources);
  for (const node of graph.nodes) {
    if (RULES[node.op] === 'none' || !node.inputs.some((input) => reached.has(input))) continue;
    for (const output of node.outputs) {
      if (isFloat(output.dtype) && !graph.isDetached(output)) reached.add(output);
    }
  }
  return reached;
}

interface Progress {
  readonly requested: ReadonlySet<Value>;
  /** Values on a way from a requested one to the loss. */
  readonly wanted: ReadonlySet<Value>;
  /** Gradients as far as they are added up. */
  readonly found: Map<Value, Value>;
  readonly again: Recomputation;
}

/** Adds what one node contributes to the gradients of its inputs. */
function passBack(
  graph: Graph,
  node: GraphNode,
  { requested, wanted, found, again }: Progress,
): void {
  const rule = RULES[node.op] as Rule<OperatorName> | 'none';
  if (rule === 'none') return;
  const known = node.outputs.map((output) => found.get(output));
  // The table pairs each rule with nodes of its own operator; the union does not show that to the compiler.
  const backward = {
    ...node,
    inputs: node.inputs.map((input) => again.valueOf(input)),
    outputs: node.outputs.map((output) => again.valueOf(output)),
    graph,
    requested,
    gradients: known,
  } as unknown as Backward<OperatorName>;
  for (const [at, gradient] of rule(backward).entries()) {
    const input = node.inputs[at];
    if (!gradient || !input || !wanted.has(input)) continue;
    const earlier = found.get(input);
    const contribution = gradient();
    found.set(input, earlier ? graph.add(earlier, contribution) : contribution);
  }
}
