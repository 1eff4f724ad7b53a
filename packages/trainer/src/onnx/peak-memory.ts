import { dimSize } from './dims.ts';
import { ELEMENT_BYTES } from './dtype.ts';
import type { Graph, GraphNode, OperatorName, Value } from './graph.ts';
import { neededValues } from './serialize.ts';

/**
 * Bytes that what a graph computes takes at most at one time: nodes run in their order, a result is let go after its last use,
 * and the graph's outputs stay. Inputs and constants are not counted.
 *
 * @param sizes - Of every named dimension.
 */
export function peakBytes(graph: Graph, sizes: Readonly<Record<string, number>>): number {
  const needed = neededValues(graph);
  const nodes = graph.nodes.filter(({ outputs }) => outputs.some((output) => needed.has(output)));
  const owners = new Map<Value, Value>();
  const owner = (value: Value): Value => owners.get(value) ?? value;
  for (const node of nodes) {
    if (sharesMemory(graph, node)) owners.set(node.outputs[0]!, owner(node.inputs[0]!));
  }
  const lastUse = new Map<Value, number>();
  for (const [at, { inputs }] of nodes.entries()) {
    for (const input of inputs) lastUse.set(owner(input), at);
  }
  for (const { value } of graph.outputs) lastUse.set(owner(value), Number.POSITIVE_INFINITY);

  const held = new Map<Value, number>();
  let now = 0;
  let most = 0;
  for (const [at, node] of nodes.entries()) {
    const letGo = () => {
      for (const input of node.inputs) {
        const value = owner(input);
        if (lastUse.get(value) !== at) continue;
        now -= held.get(value) ?? 0;
        held.delete(value);
      }
    };
    // An element-wise result may take the place of an operand that nobody reads any more.
    const inPlace = IN_PLACE.has(node.op);
    if (inPlace) letGo();
    for (const output of node.outputs) {
      if (owners.has(output) || !needed.has(output)) continue;
      const bytes = output.shape.reduce<number>(
        (product, dim) => product * dimSize(dim, sizes),
        ELEMENT_BYTES[output.dtype],
      );
      held.set(output, bytes);
      now += bytes;
    }
    most = Math.max(most, now);
    if (!inPlace) letGo();
  }
  return most;
}

const IN_PLACE: ReadonlySet<OperatorName> = new Set<OperatorName>([
  'Abs',
  'Add',
  'Clip',
  'Div',
  'Exp',
  'Log',
  'Mul',
  'Neg',
  'Reciprocal',
  'Sigmoid',
  'Softmax',
  'Sqrt',
  'Sub',
  'Tanh',
  'Where',
]);

/** Whether a node's result is its first input under another shape; a weight's transpose becomes part of the product it goes into. */
function sharesMemory(graph: Graph, { op, inputs }: GraphNode): boolean {
  if (op === 'Transpose') return graph.producer(inputs[0]) === undefined;
  return op === 'Reshape' || op === 'Squeeze' || op === 'Unsqueeze' || op === 'Identity';
}
