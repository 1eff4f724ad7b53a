import type { Tensor } from 'onnxruntime-node';
import type {
  ForwardBackwardResult,
  LossKernel,
  OptimParams,
  OptimResult,
  TrainingDatum,
} from '../backend/backend.ts';
import { adamWScalars, buildAdamWGraph, buildNormGraph } from '../model/adamw-graph.ts';
import {
  accumulatedName,
  gradientName,
  momentName,
  nextName,
  referenceName,
} from '../model/graph-names.ts';
import { buildLogprobsGraph } from '../model/logprobs-graph.ts';
import { buildReferenceGraph } from '../model/reference-graph.ts';
import { buildTrainingGraph } from '../model/training-graph.ts';
import { checkDatum, checkSequence } from './check-data.ts';
import type { Device } from './device.ts';
import { EngineError } from './engine-error.ts';
import {
  createPositionFeeds,
  lossFeeds,
  lossVariantOf,
  scalarTensor,
  tokenFeeds,
  unpadRows,
} from './feeds.ts';
import { type MicroBatch, planMicroBatches } from './micro-batches.ts';
import { compile, type NamedTensors, type Program } from './program.ts';
import type { EngineState, OpenParams } from './protocol.ts';
import { createTensorSets, type TensorSet, type TensorSets } from './tensor-set.ts';
import type { Exclusive } from './turnstile.ts';

/** What a training state is made from. */
export interface TrainingStateOptions
  extends Pick<OpenParams, 'config' | 'parameters' | 'microBatchTokens' | 'keepReference'> {
  readonly device: Device;
  /** Turns on the device; shared with the sampler. */
  readonly exclusive: Exclusive;
}

/**
 * A policy in training: its parameters, gradient, moments and reference on a device, and the programs that change them. Every
 * run on the device takes a turn of its own, so sampling goes on between two micro-batches.
 */
export class TrainingState {
  readonly #options: TrainingStateOptions;
  readonly #sets: TensorSets;
  readonly #positionFeeds: (length: number) => NamedTensors;
  readonly #programs = new Map<string, Promise<Program>>();
  #policy: TensorSet;
  /** Null while it is the policy. */
  #reference: TensorSet | null = null;
  #gradient: Gradient | null = null;
  #optimizer: Optimizer | null = null;

  private constructor(options: TrainingStateOptions, sets: TensorSets, policy: TensorSet) {
    this.#options = options;
    this.#sets = sets;
    this.#policy = policy;
    this.#positionFeeds = createPositionFeeds(options.config);
  }

  /** Brings the parameters to the device; on the CPU their memory is taken over. */
  static async create(options: TrainingStateOptions): Promise<TrainingState> {
    const sets = await createTensorSets(options.config, options.device);
    return new TrainingState(options, sets, await sets.create(options.parameters));
  }

  /** The policy's tensors at this moment; valid within one turn. */
  parameters(): NamedTensors {
    return this.#policy.tensors;
  }

  /** See `TrainingBackend.forwardBackward`; when it fails, all that had gathered is dropped. */
  async forwardBackward(
    batch: readonly TrainingDatum[],
    kernel: LossKernel,
  ): Promise<ForwardBackwardResult> {
    for (const [index, datum] of batch.entries()) {
      checkDatum(index, datum, kernel, this.#options.config);
    }
    const sequences = batch.map(({ tokens }) => tokens);
    const variant = lossVariantOf(kernel);
    const program = await this.#program(variant, () =>
      compile(buildTrainingGraph(this.#options.config, variant), this.#options.device, (output) =>
        output.startsWith(gradientName('')),
      ),
    );
    const gradient = await this.#gatheredGradient();
    const logprobs: Float32Array[] = [];
    const entropies: Float32Array[] = [];
    let loss = 0;
    for (const micro of this.#plan(sequences)) {
      await this.#options.exclusive(async () => {
        const accumulated = gradient.isEmpty ? gradient.zeros : gradient.set.tensors;
        // Stays so when the run fails: what gathered before is then dropped.
        gradient.isEmpty = true;
        const results = await program.run(
          {
            ...this.#policy.tensors,
            ...rename(accumulated, accumulatedName),
            ...tokenFeeds(sequences, micro),
            ...this.#positionFeeds(micro.length),
            ...lossFeeds(batch, kernel, micro),
          },
          this.#outputs(gradient.set, gradientName, ['loss', 'logprobs', 'entropies']),
        );
        gradient.set.replace(results, gradientName);
        gradient.isEmpty = false;
        loss += (results.loss!.data as Float32Array)[0]!;
        unpadRows(results.logprobs!, micro, sequences, logprobs);
        unpadRows(results.entropies!, micro, sequences, entropies);
      });
    }
    return { loss, logprobs, entropies };
  }

  /** See `TrainingBackend.optimStep`. */
  async optimStep(params: OptimParams): Promise<OptimResult> {
    const gradient = this.#gradient;
    if (!gradient || gradient.isEmpty) {
      throw new EngineError(
        'optimStep: expected a gradient, got none since the last step. Call forwardBackward first.',
      );
    }
    const { config, device, exclusive, keepReference } = this.#options;
    const norm = await this.#program('norm', () => compile(buildNormGraph(config), device));
    const update = await this.#program('adamw', () =>
      compile(buildAdamWGraph(config), device, () => true),
    );
    const optimizer = await this.#moments();
    return exclusive(async () => {
      const gradients = rename(gradient.set.tensors, gradientName);
      const { squares } = await norm.run(gradients);
      const gradNorm = Math.sqrt((squares!.data as Float32Array)[0]!);
      gradient.isEmpty = true;
      if (!Number.isFinite(gradNorm)) return { gradNorm, applied: false };

      if (keepReference) this.#reference ??= await this.#sets.copy(this.#policy);
      const { maxGradNorm } = params;
      const isClipped = maxGradNorm > 0 && gradNorm > maxGradNorm;
      const scalars = adamWScalars({
        ...params,
        step: optimizer.step + 1,
        gradientScale: isClipped ? maxGradNorm / gradNorm : 1,
      });
      const results = await update.run(
        {
          ...gradients,
          ...this.#policy.tensors,
          ...rename(optimizer.first.tensors, firstName),
          ...rename(optimizer.second.tensors, secondName),
          ...mapValues(scalars, scalarTensor),
        },
        this.#outputs(this.#policy, nextName, [], {
          ...optimizer.first.outputs(nextFirstName),
          ...optimizer.second.outputs(nextSecondName),
        }),
      );
      this.#policy.replace(results, nextName);
      optimizer.first.replace(results, nextFirstName);
      optimizer.second.replace(results, nextSecondName);
      optimizer.step += 1;
      return { gradNorm, applied: true };
    });
  }

  /** See `TrainingBackend.logprobs`. */
  async logprobs(
    sequences: readonly Int32Array[],
    which: 'policy' | 'reference',
    temperature: number,
  ): Promise<Float32Array[]> {
    const { config, device, exclusive } = this.#options;
    for (const [index, tokens] of sequences.entries()) {
      checkSequence(`logprobs, sequence ${index}`, tokens, config);
    }
    if (which === 'reference') this.#requireReference('logprobs');
    const program = await this.#program('logprobs', () =>
      compile(buildLogprobsGraph(config), device),
    );
    const logprobs: Float32Array[] = [];
    for (const micro of this.#plan(sequences)) {
      await exclusive(async () => {
        const set = which === 'reference' ? (this.#reference ?? this.#policy) : this.#policy;
        const results = await program.run({
          ...set.tensors,
          ...tokenFeeds(sequences, micro),
          ...this.#positionFeeds(micro.length),
          temperature: scalarTensor(temperature),
        });
        unpadRows(results.logprobs!, micro, sequences, logprobs);
      });
    }
    return logprobs;
  }

  /** See `TrainingBackend.updateReference`. */
  async updateReference(mix: number): Promise<void> {
    this.#requireReference('updateReference');
    const { config, device, exclusive } = this.#options;
    const program = await this.#program('reference', () =>
      compile(buildReferenceGraph(config), device, () => true),
    );
    await exclusive(async () => {
      const reference = this.#reference;
      if (!reference) return; // Still the policy, which every mix of the two leaves.
      const results = await program.run(
        {
          ...this.#policy.tensors,
          ...rename(reference.tensors, referenceName),
          mix: scalarTensor(mix),
          rest: scalarTensor(1 - mix),
        },
        this.#outputs(reference, nextName, []),
      );
      reference.replace(results, nextName);
    });
  }

  /** Copies of all that an exact continuation needs; a gradient that gathers is not part of it. */
  async exportState(withOptimizer: boolean): Promise<EngineState> {
    const moments = withOptimizer ? await this.#moments() : null;
    return this.#options.exclusive(async () => ({
      parameters: await this.#policy.read(),
      optimizer: moments && {
        step: moments.step,
        firstMoments: await moments.first.read(),
        secondMoments: await moments.second.read(),
      },
      reference: withOptimizer && this.#reference ? await this.#reference.read() : null,
    }));
  }

  /** Puts back what {@link exportState} gave; a gradient that had gathered is dropped. */
  async importState({ parameters, optimizer, reference }: EngineState): Promise<void> {
    const policy = await this.#sets.create(parameters);
    const moments = optimizer && {
      step: optimizer.step,
      first: await this.#sets.create(optimizer.firstMoments),
      second: await this.#sets.create(optimizer.secondMoments),
    };
    const newReference = reference && (await this.#sets.create(reference));
    await this.#options.exclusive(async () => {
      this.#freeTensors();
      this.#policy = policy;
      this.#optimizer = moments;
      this.#reference = newReference;
      if (this.#gradient) this.#gradient.isEmpty = true;
    });
  }

  /** Releases programs and device memory. */
  async dispose(): Promise<void> {
    await this.#options.exclusive(async () => {
      for (const program of this.#programs.values()) await (await program).release();
      this.#freeTensors();
      if (this.#gradient) {
        this.#gradient.set.dispose();
        for (const tensor of new Set(Object.values(this.#gradient.zeros))) tensor.dispose();
      }
      await this.#sets.dispose();
    });
  }

  #freeTensors(): void {
    const sets = [this.#policy, this.#reference, this.#optimizer?.first, this.#optimizer?.second];
    for (const set of sets) set?.dispose();
  }

  #plan(sequences: readonly Int32Array[]): MicroBatch[] {
    const lengths = sequences.map(({ length }) => length - 1);
    return planMicroBatches(lengths, this.#options.microBatchTokens);
  }

  #requireReference(verb: string): void {
    if (this.#options.keepReference) return;
    throw new EngineError(
      `${verb}: expected a reference policy, got an engine opened without one. Open it with keepReference.`,
    );
  }

  /** What a run is asked for: on the CPU everything by name, the set's part in memory that is there already. */
  #outputs(
    set: TensorSet,
    outputName: (parameter: string) => string,
    others: readonly string[],
    more: Readonly<Record<string, Tensor>> = {},
  ): Readonly<Record<string, Tensor | null>> | undefined {
    if (this.#options.device.keepsTensors) return undefined;
    const anywhere = Object.fromEntries(others.map((name) => [name, null]));
    return { ...anywhere, ...set.outputs(outputName), ...more };
  }

  /** A program made at its first use. */
  #program(name: string, make: () => Promise<Program>): Promise<Program> {
    const known = this.#programs.get(name);
    if (known) return known;
    const program = make();
    this.#programs.set(name, program);
    // A failed compilation may be tried again, for example when memory has come free.
    program.catch(() => this.#programs.delete(name));
    return program;
  }

  async #gatheredGradient(): Promise<Gradient> {
    this.#gradient ??= {
      set: await this.#sets.createZero(),
      zeros: await this.#sets.sharedZeros(),
      isEmpty: true,
    };
    return this.#gradient;
  }

  async #moments(): Promise<Optimizer> {
    this.#optimizer ??= {
      first: await this.#sets.createZero(),
      second: await this.#sets.createZero(),
      step: 0,
    };
    return this.#optimizer;
  }
}

interface Gradient {
  readonly set: TensorSet;
  /** What the first micro-batch after a step adds its own to. */
  readonly zeros: NamedTensors;
  isEmpty: boolean;
}

interface Optimizer {
  readonly first: TensorSet;
  readonly second: TensorSet;
  step: number;
}

const firstName = (parameter: string): string => momentName('first', parameter);
const secondName = (parameter: string): string => momentName('second', parameter);
const nextFirstName = (parameter: string): string => nextName(firstName(parameter));
const nextSecondName = (parameter: string): string => nextName(secondName(parameter));

function rename(tensors: NamedTensors, name: (parameter: string) => string): NamedTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([parameter, tensor]) => [name(parameter), tensor]),
  );
}

function mapValues(
  numbers: Readonly<Record<string, number>>,
  make: (x: number) => Tensor,
): NamedTensors {
  return Object.fromEntries(Object.entries(numbers).map(([name, x]) => [name, make(x)]));
}
