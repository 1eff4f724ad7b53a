import type { DecoderConfig } from '../model/config.ts';
import { buildEmbeddingGraph } from '../model/embedding-graph.ts';
import { accumulatedName, gradientName } from '../model/graph-names.ts';
import { buildLogprobsGraph } from '../model/logprobs-graph.ts';
import {
  buildTrainingGraph,
  type LossVariant,
  type TrainingGraphOptions,
} from '../model/training-graph.ts';
import type { Graph } from '../onnx/graph.ts';
import { type Device, describeCpu } from './device.ts';
import { createPositionFeeds, dataFeeds, type MicroBatchData, rename } from './feeds.ts';
import { compile, type NamedTensors, type Program } from './program.ts';
import type { TensorSet, TensorSets } from './tensor-set.ts';

/** What one micro-batch gave; rows are still padded. */
export interface MicroBatchOutcome {
  /** Sum of its tokens' weighted losses. */
  readonly loss: number;
  /** `[rows, length]` */
  readonly logprobs: Float32Array;
  /** `[rows, length]` */
  readonly entropies: Float32Array;
}

/** Passes micro-batches forward and backward, one at a time, and gathers their gradients. */
export class GradientRunner {
  readonly #config: DecoderConfig;
  readonly #device: Device;
  readonly #sets: TensorSets;
  readonly #graphOptions: TrainingGraphOptions;
  readonly #positionFeeds: (length: number) => NamedTensors;
  readonly #programs = new Map<string, Promise<Program>>();
  #gathered: { readonly set: TensorSet; readonly zeros: NamedTensors } | null = null;
  #isEmpty = true;

  constructor(
    config: DecoderConfig,
    device: Device,
    sets: TensorSets,
    graphOptions: TrainingGraphOptions = {},
  ) {
    this.#config = config;
    this.#device = device;
    this.#sets = sets;
    this.#graphOptions = graphOptions;
    this.#positionFeeds = createPositionFeeds(config);
  }

  /** All that has gathered since {@link clear}; null when nothing has. */
  get gradient(): TensorSet | null {
    return this.#isEmpty || !this.#gathered ? null : this.#gathered.set;
  }

  /** Forgets what has gathered. */
  clear(): void {
    this.#isEmpty = true;
  }

  /** Adds the gradient of a micro-batch; when it fails, all that had gathered is forgotten. */
  async add(
    parameters: NamedTensors,
    variant: LossVariant,
    data: MicroBatchData,
  ): Promise<MicroBatchOutcome> {
    const program = await this.#program(variant);
    const { set, zeros } = await this.#gather();
    const accumulated = this.#isEmpty ? zeros : set.tensors;
    this.#isEmpty = true;
    const numbers = { loss: null, logprobs: null, entropies: null };
    const results = await program.run(
      { ...this.#feeds(parameters, data), ...rename(accumulated, accumulatedName) },
      this.#device.keepsTensors ? undefined : { ...numbers, ...set.outputs(gradientName) },
    );
    set.replace(results, gradientName);
    this.#isEmpty = false;
    return {
      loss: (results.loss!.data as Float32Array)[0]!,
      logprobs: results.logprobs!.data as Float32Array,
      entropies: results.entropies!.data as Float32Array,
    };
  }

  /** Log-probabilities of a micro-batch's targets, `[rows, length]`. */
  async logprobs(parameters: NamedTensors, data: MicroBatchData): Promise<Float32Array> {
    const program = await this.#program('logprobs');
    const { logprobs } = await program.run(this.#feeds(parameters, data));
    return logprobs!.data as Float32Array;
  }

  /** Mean last hidden state of every row, `[rows, hiddenSize]` of each batch. */
  async embed(
    parameters: NamedTensors,
    batches: readonly MicroBatchData[],
  ): Promise<Float32Array[]> {
    const program = await this.#program('embedding');
    const embeddings: Float32Array[] = [];
    for (const data of batches) {
      const { embedding } = await program.run(this.#feeds(parameters, data));
      embeddings.push(embedding!.data as Float32Array);
    }
    return embeddings;
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await (await program).release();
    this.#gathered?.set.dispose();
    for (const tensor of new Set(Object.values(this.#gathered?.zeros ?? {}))) tensor.dispose();
  }

  #feeds(parameters: NamedTensors, data: MicroBatchData): NamedTensors {
    return { ...parameters, ...dataFeeds(data), ...this.#positionFeeds(data.length) };
  }

  async #gather() {
    this.#gathered ??= {
      set: await this.#sets.createZero(),
      zeros: await this.#sets.sharedZeros(),
    };
    return this.#gathered;
  }

  /** A program, made when it is first wanted. */
  #program(name: LossVariant | 'logprobs' | 'embedding'): Promise<Program> {
    const known = this.#programs.get(name);
    if (known) return known;
    const staysOnDevice = (output: string) => output.startsWith(gradientName(''));
    // An operator that is split between threads is cut at places that depend on the shape of the batch.
    const device = name === 'embedding' && this.#device.name === 'cpu' ? ONE_THREAD : this.#device;
    const program = compile(this.#graph(name), device, staysOnDevice);
    this.#programs.set(name, program);
    // A failed compilation may be tried again, for example when memory has come free.
    program.catch(() => this.#programs.delete(name));
    return program;
  }

  #graph(name: LossVariant | 'logprobs' | 'embedding'): Graph {
    if (name === 'logprobs') return buildLogprobsGraph(this.#config);
    if (name === 'embedding') return buildEmbeddingGraph(this.#config);
    return buildTrainingGraph(this.#config, name, this.#graphOptions);
  }
}

const ONE_THREAD = describeCpu(1);
