import { gradients } from '../autodiff/gradients.ts';
import { addLossKernel } from '../objective/kernels.ts';
import { Graph } from '../onnx/graph.ts';
import type { DecoderConfig } from './config.ts';
import { declareSequence, decodeSequence } from './decoder.ts';
import { addDropout } from './dropout.ts';
import { accumulatedName, gradientName } from './graph-names.ts';
import { type DecoderScope, declareParameters, take } from './layers.ts';
import { trainedSpecs } from './lora.ts';

/** Which loss a training graph evaluates; a graph without a KL term needs no reference log-probabilities. */
export type LossVariant = 'cross-entropy' | 'clipped-ratio' | 'clipped-ratio-with-reference';

/** How a training graph uses memory. */
export interface TrainingGraphOptions {
  /** Compute layers again in the backward pass instead of keeping what is inside them; default false. */
  readonly recompute?: boolean;
}

/**
 * Forward and backward pass of one micro-batch.
 *
 * Inputs: `ids`, `targets` `[B, T]` int64; `weights` and, for the clipped ratio, `advantages`, `oldLogprobs`,
 * `referenceLogprobs` `[B, T]`; `temperature`, `clipLow`, `clipHigh`, `klCoefficient` scalars; `positions` `[T]`; `cos`, `sin`
 * `[T, headDim / 2]`; every parameter; under {@link accumulatedName} the gradient so far of each that is trained; and what
 * {@link addDropout} reads.
 * Outputs: `loss` scalar; `logprobs`, `entropies` `[B, T]`; and under {@link gradientName} the gradient of each parameter that is
 * trained.
 */
export function buildTrainingGraph(
  config: DecoderConfig,
  variant: LossVariant,
  { recompute = false }: TrainingGraphOptions = {},
): Graph {
  const graph = new Graph(`train-${variant}`);
  const parameters = declareParameters(graph, config);
  const scope: DecoderScope = { config, parameters, recompute, ...addDropout(graph, config) };
  const sequence = declareSequence(graph, scope);
  const perToken = (name: string) => graph.input(name, 'float32', ['B', 'T']);
  const scalar = (name: string) => graph.input(name, 'float32', []);

  const targets = graph.input('targets', 'int64', ['B', 'T']);
  const logits = decodeSequence(graph, scope, sequence);
  const { loss, logprobs, entropies } = addLossKernel(
    graph,
    variant === 'cross-entropy' ? 'cross-entropy' : 'clipped-ratio',
    {
      logits,
      targets,
      weights: perToken('weights'),
      ...(variant === 'cross-entropy'
        ? {}
        : {
            temperature: scalar('temperature'),
            advantages: perToken('advantages'),
            oldLogprobs: perToken('oldLogprobs'),
            clipLow: scalar('clipLow'),
            clipHigh: scalar('clipHigh'),
          }),
      ...(variant === 'clipped-ratio-with-reference'
        ? {
            referenceLogprobs: perToken('referenceLogprobs'),
            klCoefficient: scalar('klCoefficient'),
          }
        : {}),
    },
  );
  graph.output('loss', loss);
  graph.output('logprobs', logprobs);
  graph.output('entropies', entropies);

  const names = trainedSpecs(config).map(({ name }) => name);
  const trained = names.map((name) => take(parameters, name));
  const slopes = gradients(graph, loss, trained);
  for (const [index, name] of names.entries()) {
    const slope = slopes[index]!;
    const accumulated = graph.input(accumulatedName(name), 'float32', slope.shape);
    graph.output(gradientName(name), graph.add(accumulated, slope));
  }
  return graph;
}
