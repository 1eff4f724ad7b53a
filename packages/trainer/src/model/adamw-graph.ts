/**
 * AdamW (arXiv 1711.05101) as graphs: one measures the gradient's global norm, the other takes the step. Between them the
 * caller decides: a norm that is not finite means no step at all, so the second graph needs no guard on every element.
 */
import { Graph } from '../onnx/graph.ts';
import type { ParameterSpec } from './config.ts';
import { gradientName, momentName, nextName } from './graph-names.ts';

/** What one AdamW step needs to know, as JavaScript numbers. */
export interface AdamWStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** One-based number of the step, for bias correction. */
  readonly step: number;
  /** What the gradient is multiplied by to bring its norm within bounds. */
  readonly gradientScale: number;
}

/** The scalar inputs of {@link buildAdamWGraph}, computed in double precision. */
export function adamWScalars(step: AdamWStep): Readonly<Record<string, number>> {
  const { learningRate, beta1, beta2, epsilon, weightDecay, gradientScale } = step;
  const firstCorrection = 1 - beta1 ** step.step;
  const secondCorrection = Math.sqrt(1 - beta2 ** step.step);
  return {
    beta1,
    beta2,
    // The gradient's scale goes in here, which saves a pass over every gradient.
    toFirst: (1 - beta1) * gradientScale,
    toSecond: (1 - beta2) * gradientScale ** 2,
    // lr · (m / c₁) / (√(v / c₂) + ε) = (lr · √c₂ / c₁) · m / (√v + ε · √c₂)
    stepSize: (learningRate * secondCorrection) / firstCorrection,
    epsilon: epsilon * secondCorrection,
    keep: 1 - learningRate * weightDecay,
  };
}

/** The sum of squares of all gradients: inputs under `gradientName`, output `squares`, a scalar. */
export function buildNormGraph(specs: readonly ParameterSpec[]): Graph {
  const graph = new Graph('gradient-norm');
  const squares = specs.map(({ name, shape }) => {
    const gradient = graph.input(gradientName(name), 'float32', shape);
    const axes = shape.map((_, axis) => axis);
    return graph.reshape(graph.reduceSum(graph.mul(gradient, gradient), axes, false), [1]);
  });
  graph.output('squares', graph.reduceSum(graph.concat(squares, 0), [0], false));
  return graph;
}

/**
 * One step for every parameter: inputs are the parameter, its gradient, its moments and the scalars of
 * {@link adamWScalars}; outputs are parameter and moments under {@link nextName}.
 */
export function buildAdamWGraph(specs: readonly ParameterSpec[]): Graph {
  const graph = new Graph('adamw');
  const scalar = (name: string) => graph.input(name, 'float32', []);
  const beta1 = scalar('beta1');
  const beta2 = scalar('beta2');
  const toFirst = scalar('toFirst');
  const toSecond = scalar('toSecond');
  const stepSize = scalar('stepSize');
  const epsilon = scalar('epsilon');
  const keep = scalar('keep');

  for (const { name, shape, decay } of specs) {
    const input = (inputName: string) => graph.input(inputName, 'float32', shape);
    const parameter = input(name);
    const first = input(momentName('first', name));
    const second = input(momentName('second', name));
    const slope = input(gradientName(name));

    const nextFirst = graph.add(graph.mul(first, beta1), graph.mul(slope, toFirst));
    const nextSecond = graph.add(
      graph.mul(second, beta2),
      graph.mul(graph.mul(slope, slope), toSecond),
    );
    const direction = graph.div(nextFirst, graph.add(graph.sqrt(nextSecond), epsilon));
    const kept = decay ? graph.mul(parameter, keep) : parameter;
    graph.output(nextName(name), graph.sub(kept, graph.mul(direction, stepSize)));
    graph.output(nextName(momentName('first', name)), nextFirst);
    graph.output(nextName(momentName('second', name)), nextSecond);
  }
  return graph;
}
