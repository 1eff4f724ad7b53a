/**
 * Dropout of what adapters read, decided inside the graph from a few numbers that are fed, so that the same numbers give the
 * same result and no mask the size of the activations has to be drawn and carried. A token's number r in [0, 1), and a
 * feature's whole number k and offset c, drawn anew for every micro-batch and module, give the fraction of r · k + c, which is
 * uniform; an element is dropped where that lies below the rate.
 */
import type { Graph } from '../onnx/graph.ts';
import type { DecoderConfig } from './config.ts';
import { DROPOUT_TOKENS, dropoutName } from './graph-names.ts';
import type { DecoderScope } from './layers.ts';
import { adaptedModules } from './lora.ts';

/** Factors k are whole numbers from 1 to this, so that 14 of the 24 bits of r · k are behind the point. */
export const MOST_DROPOUT_FACTOR = 1023;

/**
 * Declares what dropout reads: {@link DROPOUT_TOKENS} `[B, T]`, and under {@link dropoutName} of every module k and c `[2, in]`.
 *
 * @returns What a scope takes; empty when nothing is dropped.
 */
export function addDropout(graph: Graph, config: DecoderConfig): Pick<DecoderScope, 'dropout'> {
  const rate = config.lora?.dropout ?? 0;
  if (rate === 0) return {};
  const tokens = graph.unsqueeze(graph.input(DROPOUT_TOKENS, 'float32', ['B', 'T']), [2]);
  const widths = new Map(adaptedModules(config).map(({ module, inputs }) => [module, inputs]));
  return {
    dropout(x, module) {
      const numbers = graph.input(dropoutName(module), 'float32', [2, widths.get(module)!]);
      const [factors, offsets] = graph.split(numbers, 0, [1, 1]);
      const sum = graph.add(graph.mul(tokens, factors!), offsets!); // [B, T, in]
      const fraction = graph.sub(sum, graph.cast(graph.cast(sum, 'int32'), 'float32'));
      const isKept = graph.greaterOrEqual(fraction, graph.scalar(rate));
      // What is kept is raised, so that the expected sum stays.
      return graph.where(isKept, graph.mul(x, graph.scalar(1 / (1 - rate))), graph.scalar(0));
    },
  };
}
