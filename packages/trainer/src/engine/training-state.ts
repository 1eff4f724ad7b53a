import type { Tensor } from 'onnxruntime-node';
import type {
  ForwardBackwardResult,
  LossKernel,
  OptimParams,
  OptimResult,
  TrainingDatum,
} from '../backend/backend.ts';
import { adamWScalars, buildAdamWGraph, buildNormGraph } from '../model/adamw-graph.ts';
import { gradientName, momentName, nextName, referenceName } from '../model/graph-names.ts';
import { frozenSpecs, trainedSpecs } from '../model/lora.ts';
import { buildReferenceGraph } from '../model/reference-graph.ts';
import { checkDatum, checkSequence, checkText } from './check-data.ts';
import { type Device, describeCpu } from './device.ts';
import { DropoutNoise } from './dropout-noise.ts';
import { EmbeddingCache } from './embedding-cache.ts';
import { EngineError } from './engine-error.ts';
import {
  embeddingData,
  lossVariantOf,
  mapValues,
  rename,
  scalarTensor,
  sequenceData,
  trainingData,
  unpadRows,
} from './feeds.ts';
import { planFixedRounds, unitRows } from './fixed-rounds.ts';
import { GradientRunner } from './gradient-runner.ts';
import { type MicroBatch, microBatchBudget, planRounds } from './micro-batches.ts';
import { compile, type NamedTensors, type Program } from './program.ts';
import type { EngineState, OpenParams } from './protocol.ts';
import { Replica } from './replica.ts';
import {
  createTensorSets,
  type NamedArrays,
  type TensorSet,
  type TensorSets,
} from './tensor-set.ts';
import type { Exclusive } from './turnstile.ts';

/** What a training state is made from. */
export interface TrainingStateOptions
  extends Pick<
    OpenParams,
    'config' | 'parameters' | 'microBatchTokens' | 'keepReference' | 'seed' | 'recompute'
  > {
  readonly device: Device;
  /** Micro-batches computed side by side on the CPU, each in a thread of its own; 1 elsewhere. */
  readonly width: number;
  /** Threads of one operator of such a micro-batch; without meaning where `width` is 1. */
  readonly threadsEach: number;
  /** Turns on the device; shared with the sampler. */
  readonly exclusive: Exclusive;
}

/**
 * A policy in training: its parameters, gradient, moments and reference on a device, and the programs that change them. Every
 * run on the device takes a turn of its own, so sampling goes on between two micro-batches. With adapters these are all that is
 * held so often; what is frozen is there once, for policy and reference alike.
 */
export class TrainingState {
  readonly #options: TrainingStateOptions;
  readonly #sets: TensorSets;
  readonly #runner: GradientRunner;
  /** Started when first needed. */
  readonly #replicas: Replica[] = [];
  readonly #programs = new Map<string, Promise<Program>>();
  /** By the reference as it is. */
  readonly #embeddings: EmbeddingCache;
  /** Null when everything is trained. */
  readonly #frozen: Frozen | null;
  readonly #noise: DropoutNoise;
  /** What is trained of the policy. */
  #policy: TensorSet;
  #whole: { readonly trained: NamedTensors; readonly tensors: NamedTensors } | null = null;
  /** Null while it is the policy. */
  #reference: TensorSet | null = null;
  #optimizer: Optimizer | null = null;

  private constructor(
    options: TrainingStateOptions,
    sets: TensorSets,
    policy: TensorSet,
    frozen: Frozen | null,
  ) {
    const { config, device, width, threadsEach, seed = 0, recompute = false } = options;
    this.#options = options;
    this.#sets = sets;
    this.#policy = policy;
    this.#frozen = frozen;
    this.#noise = new DropoutNoise(config, seed);
    this.#runner = new GradientRunner(config, width > 1 ? describeCpu(threadsEach) : device, sets, {
      recompute,
    });
    this.#embeddings = new EmbeddingCache(config.hiddenSize);
  }

  /** Brings the parameters to the device; on the CPU their memory is taken over, or copied when replicas share it. */
  static async create(options: TrainingStateOptions): Promise<TrainingState> {
    const { config, device, width, parameters } = options;
    const shared = width > 1;
    const sets = await createTensorSets(trainedSpecs(config), device, { shared });
    const chosen = (specs: readonly { readonly name: string }[]) =>
      new Map(specs.map(({ name }) => [name, parameters.get(name)!]));
    const policy = await sets.create(chosen(trainedSpecs(config)));
    if (!config.lora) return new TrainingState(options, sets, policy, null);
    const frozenSets = await createTensorSets(frozenSpecs(config), device, { shared });
    const set = await frozenSets.create(chosen(frozenSpecs(config)));
    return new TrainingState(options, sets, policy, { set, sets: frozenSets });
  }

  /** All of the policy's tensors at this moment; valid within one turn, and the same object until they change. */
  parameters(): NamedTensors {
    const trained = this.#policy.tensors;
    if (this.#whole?.trained !== trained) this.#whole = { trained, tensors: this.#with(trained) };
    return this.#whole.tensors;
  }

  /** What is frozen, and beside it what is trained. */
  #with(trained: NamedTensors): NamedTensors {
    return this.#frozen ? { ...this.#frozen.set.tensors, ...trained } : trained;
  }

  /** The same as arrays in shared memory, for replicas. */
  #arraysWith(trained: TensorSet): NamedArrays {
    if (!this.#frozen) return trained.arrays();
    return new Map([...this.#frozen.set.arrays(), ...trained.arrays()]);
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
    const logprobs: Float32Array[] = [];
    const entropies: Float32Array[] = [];
    let loss = 0;
    await this.#inRounds(
      sequences,
      (micro) => {
        const data = this.#noise.addTo(
          trainingData(batch, kernel, micro),
          this.#optimizer?.step ?? 0,
        );
        return {
          here: () => this.#runner.add(this.parameters(), variant, data),
          there: (replica) => replica.add(this.#arraysWith(this.#policy), variant, data),
        };
      },
      (outcome, micro) => {
        loss += outcome.loss;
        unpadRows(outcome.logprobs, micro, sequences, logprobs);
        unpadRows(outcome.entropies, micro, sequences, entropies);
      },
    ).catch((error: unknown) => {
      this.#dropGradient();
      throw error;
    });
    return { loss, logprobs, entropies };
  }

  /** See `TrainingBackend.optimStep`. */
  async optimStep(params: OptimParams): Promise<OptimResult> {
    const { config, device, exclusive, keepReference } = this.#options;
    const norm = await this.#program('norm', () =>
      compile(buildNormGraph(trainedSpecs(config)), device),
    );
    const update = await this.#program('adamw', () =>
      compile(buildAdamWGraph(trainedSpecs(config)), device, () => true),
    );
    const optimizer = await this.#moments();
    return exclusive(async () => {
      const gradients = rename(this.#wholeGradient().tensors, gradientName);
      const { squares } = await norm.run(gradients);
      const gradNorm = Math.sqrt((squares!.data as Float32Array)[0]!);
      this.#dropGradient();
      if (!Number.isFinite(gradNorm)) return { gradNorm, applied: false };

      if (keepReference) this.#reference ??= await this.#sets.copy(this.#policy);
      const { maxGradNorm } = params;
      const isClipped = maxGradNorm > 0 && gradNorm > maxGradNorm;
      const scalars = adamWScalars({
        ...params,
        step: optimizer.step + 1,
        gradientScale: isClipped ? maxGradNorm / gradNorm : 1,
      });
      const { first, second } = optimizer;
      const results = await update.run(
        {
          ...gradients,
          ...this.#policy.tensors,
          ...rename(first.tensors, firstName),
          ...rename(second.tensors, secondName),
          ...mapValues(scalars, scalarTensor),
        },
        this.#inMemory({
          ...this.#policy.outputs(nextName),
          ...first.outputs(nextFirstName),
          ...second.outputs(nextSecondName),
        }),
      );
      this.#policy.replace(results, nextName);
      first.replace(results, nextFirstName);
      second.replace(results, nextSecondName);
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
    for (const [index, tokens] of sequences.entries()) {
      checkSequence(`logprobs, sequence ${index}`, tokens, this.#options.config);
    }
    if (which === 'reference') this.#requireReference('logprobs');
    const set = () => (which === 'reference' && this.#reference) || this.#policy;
    const logprobs: Float32Array[] = [];
    await this.#inRounds(
      sequences,
      (micro) => {
        const data = sequenceData(sequences, micro, temperature);
        return {
          here: () => this.#runner.logprobs(this.#with(set().tensors), data),
          there: (replica) => replica.logprobs(this.#arraysWith(set()), data),
        };
      },
      (rows, micro) => unpadRows(rows, micro, sequences, logprobs),
    );
    return logprobs;
  }

  /** See `TrainingBackend.embed`. */
  async embed(sequences: readonly Int32Array[]): Promise<Float32Array[]> {
    this.#requireReference('embed');
    const { config, width, exclusive } = this.#options;
    for (const [index, tokens] of sequences.entries()) {
      checkText(`embed, sequence ${index}`, tokens, config);
    }
    const known = sequences.map((tokens) => this.#embeddings.get(tokens));
    const unknown = sequences.filter((_, row) => !known[row]);
    const set = () => this.#reference ?? this.#policy;
    const computed: Float32Array[] = [];
    for (const round of planFixedRounds(unknown, width)) {
      await exclusive(async () => {
        const parts = round.map((batches) => batches.map((batch) => embeddingData(unknown, batch)));
        const [first, ...others] = parts;
        const there = others.map((data, index) =>
          this.#replica(index).embed(this.#arraysWith(set()), data),
        );
        const settled = await Promise.allSettled([
          this.#runner.embed(this.#with(set().tensors), first!),
          ...there,
        ]);
        for (const [thread, result] of settled.entries()) {
          if (result.status === 'rejected') throw result.reason;
          for (const [index, batch] of round[thread]!.entries()) {
            unitRows(result.value[index]!, config.hiddenSize, batch, computed);
          }
        }
      });
    }
    for (const [row, tokens] of unknown.entries()) this.#embeddings.set(tokens, computed[row]!);
    const added = computed.values();
    return known.map((embedding) => embedding ?? added.next().value!);
  }

  /** See `TrainingBackend.updateReference`. */
  async updateReference(mix: number): Promise<void> {
    this.#requireReference('updateReference');
    if (this.#options.config.lora && mix > 0 && mix < 1) {
      throw new EngineError(
        `updateReference: expected mix 0 or 1 with adapters, got ${mix}. A mixture of two low-rank products has a higher rank than either; move the reference all the way, less often.`,
      );
    }
    const { config, device, exclusive } = this.#options;
    const program = await this.#program('reference', () =>
      compile(buildReferenceGraph(trainedSpecs(config)), device, () => true),
    );
    await exclusive(async () => {
      const reference = this.#reference;
      if (!reference) return; // Still the policy, which every mix of the two leaves.
      this.#embeddings.clear();
      const results = await program.run(
        {
          ...this.#policy.tensors,
          ...rename(reference.tensors, referenceName),
          mix: scalarTensor(mix),
          rest: scalarTensor(1 - mix),
        },
        this.#inMemory(reference.outputs(nextName)),
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
      this.#embeddings.clear();
      this.#dropGradient();
    });
  }

  /** Releases programs and device memory. */
  async dispose(): Promise<void> {
    await this.#options.exclusive(async () => {
      await Promise.all(this.#replicas.map((replica) => replica.dispose()));
      for (const program of this.#programs.values()) await (await program).release();
      await this.#runner.dispose();
      this.#freeTensors();
      this.#frozen?.set.dispose();
      await this.#sets.dispose();
      await this.#frozen?.sets.dispose();
    });
  }

  #freeTensors(): void {
    const sets = [this.#policy, this.#reference, this.#optimizer?.first, this.#optimizer?.second];
    for (const set of sets) set?.dispose();
  }

  /**
   * Computes all micro-batches of some sequences, round after round, each round in a turn of its own. The first of a round is
   * computed here, the others by replicas; which goes where depends on the lengths alone, so sums come out the same every time.
   */
  async #inRounds<Outcome>(
    sequences: readonly Int32Array[],
    prepare: (micro: MicroBatch) => {
      readonly here: () => Promise<Outcome>;
      readonly there: (replica: Replica) => Promise<Outcome>;
    },
    take: (outcome: Outcome, micro: MicroBatch) => void,
  ): Promise<void> {
    const { microBatchTokens, width, exclusive } = this.#options;
    const lengths = sequences.map(({ length }) => length - 1);
    const budget = microBatchBudget(microBatchTokens, width);
    for (const round of planRounds(lengths, budget, width)) {
      const outcomes = await exclusive(async () => {
        const [first, ...others] = round.map(prepare);
        const there = others.map((work, index) => work.there(this.#replica(index)));
        // All of them are waited for, whichever fails: none may still be at work when the next turn begins.
        const settled = await Promise.allSettled([first!.here(), ...there]);
        return settled.map((result) => {
          if (result.status === 'rejected') throw result.reason;
          return result.value;
        });
      });
      for (const [index, micro] of round.entries()) take(outcomes[index]!, micro);
    }
  }

  #replica(index: number): Replica {
    const { config, threadsEach, recompute = false } = this.#options;
    this.#replicas[index] ??= new Replica({ config, threads: threadsEach, recompute });
    return this.#replicas[index];
  }

  /** The gradient of all micro-batches since the last step, those of the replicas added to our own. */
  #wholeGradient(): TensorSet {
    const own = this.#runner.gradient;
    if (!own) {
      throw new EngineError(
        'optimStep: expected a gradient, got none since the last step. Call forwardBackward first.',
      );
    }
    for (const { gradient } of this.#replicas) {
      for (const [name, part] of gradient ?? []) {
        const sum = own.arrays().get(name)!;
        for (let index = 0; index < sum.length; index++) sum[index]! += part[index]!;
      }
    }
    return own;
  }

  #dropGradient(): void {
    this.#noise.restart();
    this.#runner.clear();
    for (const replica of this.#replicas) replica.clear();
  }

  #requireReference(verb: string): void {
    if (this.#options.keepReference) return;
    throw new EngineError(
      `${verb}: expected a reference policy, got an engine opened without one. Open it with keepReference.`,
    );
  }

  /** What a run is asked for: on the CPU results go into memory that is there already. */
  #inMemory(outputs: Readonly<Record<string, Tensor>>) {
    return this.#options.device.keepsTensors ? undefined : outputs;
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

  async #moments(): Promise<Optimizer> {
    this.#optimizer ??= {
      first: await this.#sets.createZero(),
      second: await this.#sets.createZero(),
      step: 0,
    };
    return this.#optimizer;
  }
}

/** What is not trained, and what made it, whose device memory must outlive it. */
interface Frozen {
  readonly set: TensorSet;
  readonly sets: TensorSets;
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
