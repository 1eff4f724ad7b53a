/**
 * Low-rank adapters of a decoder as parameters: their names, shapes and first values, and the matrices they amount to. An
 * adapter's parameters go under the name of their module, as PEFT has them but for its prefix.
 */
import { type DecoderConfig, type ParameterSpec, parameterSpecs } from './config.ts';
import type { LoraConfig, LoraTarget } from './lora-config.ts';

/** Name of an adapter's A `[rank, in]` or B `[out, rank]`. */
export function adapterName(part: 'A' | 'B', module: string): string {
  return `${module}.lora_${part}.weight`;
}

/** A matrix with an adapter: its module's name, for example `model.layers.0.self_attn.q_proj`, and its shape. */
export interface AdaptedModule {
  readonly module: string;
  readonly outputs: number;
  readonly inputs: number;
}

/** The matrices that have adapters, layer by layer; none without `config.lora`. */
export function adaptedModules(config: DecoderConfig): readonly AdaptedModule[] {
  const targets = config.lora?.targets ?? [];
  const shapes = new Map(parameterSpecs(config).map(({ name, shape }) => [name, shape]));
  return Array.from({ length: config.layers }, (_, layer) => layer).flatMap((layer) =>
    targets.map((target) => {
      const module = `model.layers.${layer}.${PARENTS[target]}.${target}`;
      const [outputs, inputs] = shapes.get(`${module}.weight`) as readonly [number, number];
      return { module, outputs, inputs };
    }),
  );
}

/** Every parameter of the adapters; none without `config.lora`. */
export function adapterSpecs(config: DecoderConfig): readonly ParameterSpec[] {
  const rank = config.lora?.rank ?? 0;
  return adaptedModules(config).flatMap(({ module, outputs, inputs }) => [
    { name: adapterName('A', module), shape: [rank, inputs], decay: true },
    { name: adapterName('B', module), shape: [outputs, rank], decay: true },
  ]);
}

/** What training changes: the adapters where there are any, else every parameter. */
export function trainedSpecs(config: DecoderConfig): readonly ParameterSpec[] {
  return config.lora ? adapterSpecs(config) : parameterSpecs(config);
}

/** What training leaves as it is. */
export function frozenSpecs(config: DecoderConfig): readonly ParameterSpec[] {
  return config.lora ? parameterSpecs(config) : [];
}

/** Every parameter a graph reads: the decoder's, then the adapters'. */
export function allSpecs(config: DecoderConfig): readonly ParameterSpec[] {
  return [...parameterSpecs(config), ...adapterSpecs(config)];
}

/** What the product of an adapter is multiplied by. */
export function adapterScale({ rank, alpha }: Pick<LoraConfig, 'rank' | 'alpha'>): number {
  return alpha / rank;
}

/**
 * Adapters to begin with, as PEFT draws them: A uniform within ±1/√in, B zero, so that the policy is at first its base.
 *
 * @param random - Its `next` gives uniform numbers in [0, 1).
 */
export function initialAdapters(
  config: DecoderConfig,
  random: { next(): number },
): Map<string, Float32Array> {
  const rank = config.lora?.rank ?? 0;
  return new Map(
    adaptedModules(config).flatMap(({ module, outputs, inputs }) => {
      const bound = 1 / Math.sqrt(inputs);
      const down = Float32Array.from(
        { length: rank * inputs },
        () => bound * (2 * random.next() - 1),
      );
      return [
        [adapterName('A', module), down] as const,
        [adapterName('B', module), new Float32Array(outputs * rank)] as const,
      ];
    }),
  );
}

/** Adds to each matrix, in place, what its adapter amounts to: W + (alpha / rank) · B · A, summed in double precision. */
export function mergeAdapters(
  config: DecoderConfig & { readonly lora: LoraConfig },
  parameters: ReadonlyMap<string, Float32Array>,
  adapters: ReadonlyMap<string, Float32Array>,
): void {
  const { rank } = config.lora;
  const scale = adapterScale(config.lora);
  for (const { module, outputs, inputs } of adaptedModules(config)) {
    const weight = parameters.get(`${module}.weight`)!;
    const down = adapters.get(adapterName('A', module))!;
    const up = adapters.get(adapterName('B', module))!;
    const row = new Float64Array(inputs);
    // Plain loops: they pass over every number of the matrix.
    for (let output = 0; output < outputs; output++) {
      row.fill(0);
      for (let at = 0; at < rank; at++) {
        const factor = scale * up[output * rank + at]!;
        for (let input = 0; input < inputs; input++)
          row[input]! += factor * down[at * inputs + input]!;
      }
      for (let input = 0; input < inputs; input++) weight[output * inputs + input]! += row[input]!;
    }
  }
}

const PARENTS: Readonly<Record<LoraTarget, string>> = {
  q_proj: 'self_attn',
  k_proj: 'self_attn',
  v_proj: 'self_attn',
  o_proj: 'self_attn',
  gate_proj: 'mlp',
  up_proj: 'mlp',
  down_proj: 'mlp',
};
