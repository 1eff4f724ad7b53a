import { Graph } from '../onnx/graph.ts';
import type { ParameterSpec } from './config.ts';
import { nextName, referenceName } from './graph-names.ts';

/**
 * Moves the reference policy: mix · policy + (1 − mix) · reference for every parameter. Inputs: each parameter, its reference
 * under `referenceName`, scalars `mix` and `rest` (1 − mix); outputs: the new reference under `nextName` of the
 * parameter.
 */
export function buildReferenceGraph(specs: readonly ParameterSpec[]): Graph {
  const graph = new Graph('reference');
  const mix = graph.input('mix', 'float32', []);
  const rest = graph.input('rest', 'float32', []);
  for (const { name, shape } of specs) {
    const policy = graph.input(name, 'float32', shape);
    const reference = graph.input(referenceName(name), 'float32', shape);
    graph.output(nextName(name), graph.add(graph.mul(policy, mix), graph.mul(reference, rest)));
  }
  return graph;
}

/** Copies every parameter from where its input lies to where its output is wanted: the way on to and off a device. */
export function buildCopyGraph(specs: readonly ParameterSpec[]): Graph {
  const graph = new Graph('copy');
  for (const { name, shape } of specs) {
    graph.output(nextName(name), graph.identity(graph.input(name, 'float32', shape)));
  }
  return graph;
}
