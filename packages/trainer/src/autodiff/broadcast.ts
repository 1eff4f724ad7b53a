/**
 * Gradients in a graph are kept thin: where a gradient has size 1 and its value has more, one number stands for all along
 * that axis. The gradient of a sum is then never spread out before an element-wise operator does it for free. A gradient
 * has always as many axes as its value.
 */
import type { Graph, Shape, Value } from '../onnx/graph.ts';

/** The gradient spread to the whole shape of its value. */
export function spread(graph: Graph, gradient: Value, value: Value): Value {
  return graph.expand(gradient, value);
}

/**
 * Undoes the broadcasting of an input: sums the axes along which the input was repeated.
 *
 * @param gradient - What each place of `output` contributes to the input's gradient; may be thin.
 */
export function unbroadcast(graph: Graph, gradient: Value, output: Value, input: Value): Value {
  const added = output.shape.length - input.shape.length;
  const repeated = output.shape
    .map((_, axis) => axis)
    .filter(
      (axis) => axis < added || (input.shape[axis - added] === 1 && output.shape[axis] !== 1),
    );
  const whole = weighThinAxes(graph, gradient, output, repeated);
  const summed = repeated.filter((axis) => whole.shape[axis] !== 1);
  const dropped = repeated.filter((axis) => axis < added);
  if (summed.length === 0) return dropped.length === 0 ? whole : graph.squeeze(whole, dropped);
  const dropsAll = summed.length === dropped.length && summed.every((axis) => axis < added);
  if (dropsAll) return graph.reduceSum(whole, summed, false);
  const kept = graph.reduceSum(whole, summed, true);
  return dropped.length === 0 ? kept : graph.squeeze(kept, dropped);
}

/** Numbers that stand for several places count as often as there are places, when these are to be summed. */
function weighThinAxes(
  graph: Graph,
  gradient: Value,
  output: Value,
  axes: readonly number[],
): Value {
  const thin = axes.filter((axis) => gradient.shape[axis] === 1 && output.shape[axis] !== 1);
  if (thin.length === 0) return gradient;
  return graph.mul(gradient, sizeOf(graph, output, thin));
}

/** Number of places along some axes of a value, as a scalar of its element type. */
export function sizeOf(graph: Graph, value: Value, axes: readonly number[]): Value {
  const known = axes.reduce((product, axis) => product * (staticDim(value.shape, axis) ?? 1), 1);
  let size = graph.scalar(known, value.dtype);
  for (const axis of axes) {
    if (staticDim(value.shape, axis) !== undefined) continue;
    const dim = graph.cast(graph.shapeOf(value, axis, axis + 1), value.dtype);
    size = graph.mul(size, graph.squeeze(dim, [0]));
  }
  return size;
}

function staticDim(shape: Shape, axis: number): number | undefined {
  const dim = shape[axis];
  return typeof dim === 'number' ? dim : undefined;
}
