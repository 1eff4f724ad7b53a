/**
 * Computing a part of the forward pass again when the backward pass comes to it, so that of a deep network only the inputs of
 * its layers are kept (arXiv 1604.06174). The nodes are the same, so the gradients are the same to the last bit.
 */
import type { Graph, Segment, Value } from '../onnx/graph.ts';

/** The values of a graph's segments as the backward pass sees them. */
export class Recomputation {
  readonly #graph: Graph;
  readonly #requested: Set<Value>;
  readonly #found: ReadonlyMap<Value, Value>;
  readonly #copies = new Map<Value, Value>();
  /** Gradients that an earlier copy has waited for. */
  readonly #awaited = new Set<Value>();
  readonly #ahead: Segment[];

  /**
   * @param requested - Values whose gradient is asked for; their copies join them.
   * @param found - Gradients so far, as the backward pass fills it.
   */
  constructor(graph: Graph, requested: Set<Value>, found: ReadonlyMap<Value, Value>) {
    this.#graph = graph;
    this.#requested = requested;
    this.#found = found;
    this.#ahead = [...graph.segments];
  }

  /** Says that the backward pass has come to the node in this place. */
  reach(place: number): void {
    const segment = this.#ahead.at(-1);
    if (!segment || place >= segment.end) return;
    this.#ahead.pop();
    if (place >= segment.first) this.#copy(segment);
    else this.reach(place);
  }

  /** The value to compute with: its copy where there is one. */
  valueOf(value: Value): Value {
    return this.#copies.get(value) ?? value;
  }

  /** Repeats all nodes of a segment that depend on its input. */
  #copy({ input, output, first, end }: Segment): void {
    const graph = this.#graph;
    this.#take(input, this.#behindGradients(input, output));
    for (const node of graph.nodes.slice(first, end)) {
      if (!node.inputs.some((value) => this.#copies.has(value))) continue;
      const copies = graph.repeat(
        node,
        node.inputs.map((value) => this.valueOf(value)),
      );
      for (const [at, copy] of copies.entries()) this.#take(node.outputs[at]!, copy);
    }
    // To the layer before, its output is what it computed first.
    this.#copies.delete(input);
  }

  #take(original: Value, copy: Value): void {
    this.#copies.set(original, copy);
    if (this.#requested.has(original)) this.#requested.add(copy);
  }

  /**
   * The segment's input, computed only once the gradient of its output is, and every gradient asked for that is found so far.
   * Without this the runtime could work ahead, as nothing else makes a copy wait, or put off the gradients of weights, for
   * which copies of all layers would have to stay.
   */
  #behindGradients(input: Value, output: Value): Value {
    const graph = this.#graph;
    const gradients = [output, ...this.#requested].flatMap((value) => this.#found.get(value) ?? []);
    const fresh = [...new Set(gradients)].filter((gradient) => !this.#awaited.has(gradient));
    for (const gradient of fresh) this.#awaited.add(gradient);
    const numbers = fresh.map((gradient) => firstElement(graph, gradient));
    const largest = graph.reduceMax(graph.concat(numbers, 0), [0], true);
    const any = graph.less(largest, graph.scalar(0, input.dtype));
    // Both ways it is the input; that is not known before the condition is.
    const shape = input.shape.map(() => 1);
    return graph.where(graph.reshape(any, shape), input, input);
  }
}

/** `[1]` */
function firstElement(graph: Graph, x: Value): Value {
  let first = x;
  for (const [axis, dim] of x.shape.entries()) {
    if (dim !== 1) first = graph.slice(first, axis, 0, 1);
  }
  return graph.reshape(first, [1]);
}
