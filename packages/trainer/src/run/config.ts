import type { ExitOptions, ExitVariant, Split } from '@taskspace/core';
import type { Recompute } from '../engine/memory-plan.ts';
import type { ALL_LINEAR, LoraConfig, LoraTarget } from '../model/lora-config.ts';
import type { ImportanceCorrection } from '../objective/importance-correction.ts';
import type { Aggregation } from '../objective/objective.ts';
import type { ScheduleOptions } from './schedule.ts';

/** Where the policy comes from. */
export interface PolicyConfig {
  /** `pocket`, a folder in Hugging Face format or one of adapters in PEFT's, or with a revision a model of the hub, `owner/name`. */
  readonly path: string;
  /** Branch, tag or commit of a hub model; once it was fetched, its commit. Folders have none. */
  readonly revision?: string;
  /** Seed of fresh weights for the folder's config.json; left out, its weights. */
  readonly init?: number;
}

/** Adapters to train in place of the weights. */
export interface LoraSection extends Omit<LoraConfig, 'targets'> {
  readonly targets: readonly (LoraTarget | typeof ALL_LINEAR)[];
}

/** Where a policy that is trained comes from, and what of it is trained. */
export interface TrainedPolicyConfig extends PolicyConfig {
  /** Left out: every weight is trained. */
  readonly lora?: LoraSection;
}

/** A domain's section: its own options, where it is loaded from, and what is different for it in this run. */
export interface DomainSection {
  readonly plugin?: string;
  readonly weight: number;
  /** Whether the run goes on without it on a machine where it cannot be set up. */
  readonly optional?: boolean;
  readonly rollout?: DomainRolloutConfig;
  readonly objective?: DomainObjectiveConfig;
  readonly [option: string]: unknown;
}

/** What one domain's episodes have in place of the run's; `prompts` is its exact number of groups an iteration. */
export interface DomainRolloutConfig extends Partial<Omit<RolloutConfig, 'sampling'>> {
  readonly sampling?: Partial<SamplingConfig>;
}

/** What one domain's rollouts are trained with in place of the run's objective; what a run has only once is not in it. */
export type DomainObjectiveConfig = Omit<Partial<ObjectiveConfig>, 'reference' | 'miniBatches'>;

/** How completions are drawn. */
export interface SamplingConfig {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly stop: readonly string[];
}

/** How episodes are played, when training and when evaluating. */
export interface EpisodeConfig {
  readonly maxTurns: number;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly maxFailures: number;
  readonly sampling: SamplingConfig;
}

/** How episodes are played for training. */
export interface RolloutConfig extends EpisodeConfig {
  readonly prompts: number;
  readonly groupSize: number;
  readonly retries: number;
  readonly minGroup: number;
}

/** How an iteration's draws are shared among domains. */
export interface MixConfig {
  readonly floor: number;
}

/** How rewards become a gradient. */
export interface ObjectiveConfig {
  readonly name: 'grpo' | 'dr-grpo' | 'dapo';
  readonly normalise: 'std' | 'none';
  readonly aggregation: Aggregation;
  readonly maxLength: number;
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly klCoefficient: number;
  readonly reference: { readonly every: number; readonly mix: number };
  readonly overLong: 'keep' | 'mask';
  readonly zeroVariance: 'keep' | 'mask';
  readonly importanceCorrection?: ImportanceCorrection;
  readonly epochs: number;
  readonly miniBatches: number;
}

/** AdamW and the learning rate. */
export interface OptimizerConfig extends ScheduleOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
  readonly maxSkipped: number;
}

/** Which held-out tasks are answered, and how often. */
export interface EvaluationConfig {
  readonly split: Split;
  readonly tasks: number;
  readonly samples: number;
  readonly every: number;
  /** Numbers of rewrites to report on, ascending; always with 0. */
  readonly rewrites: readonly number[];
}

/** A policy served elsewhere, asked by the chat-completions protocol. */
export interface EndpointConfig {
  /** Base URL, up to and including the version. */
  readonly url: string;
  readonly model: string;
  /** Environment variable that holds the key. */
  readonly keyVariable: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retries: number;
  /** Fields put over those of every request; null leaves one out. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What is saved, and how often. */
export interface CheckpointConfig {
  readonly every: number;
  readonly keep: number;
  /** Whether complete groups are kept from one checkpoint to the next. */
  readonly groups: boolean;
}

/** What a policy practises: base tasks, all equally likely, or what a task buffer holds. */
export type CurriculumConfig =
  | { readonly name: 'uniform' }
  | ({ readonly name: 'exit' } & ExitOptions);

/** Where the embeddings of the diversity bonus come from. */
export interface EmbedderConfig {
  readonly kind: 'policy' | 'bert' | 'none';
  /** With `bert`: a Hugging Face folder, or an ONNX file beside its tokenizer.json. */
  readonly path?: string;
  /** With `bert`: texts are cut after so many tokens; left out, at the tokenizer's own limit. */
  readonly maxTokens?: number;
}

/** When a run ends besides its iterations. */
export interface BudgetConfig {
  /** The run ends with the iteration that brings the sampled tokens to this number; 0 is no bound. */
  readonly tokens: number;
}

/** What `taskspace ablate` varies. */
export interface AblateConfig {
  /** By variant, in place of optimizer.learningRate. */
  readonly learningRates: { readonly [Variant in ExitVariant]?: number };
}

/** How training uses memory. */
export interface MemoryConfig {
  readonly microBatchTokens: number;
  readonly recompute: Recompute;
}

/** What all kinds of run have in common. */
export interface CommonConfig {
  readonly name: string;
  readonly seed: number;
  readonly policy: PolicyConfig;
  readonly domains: Readonly<Record<string, DomainSection>>;
  readonly evaluation: EvaluationConfig;
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml';
  readonly threads: number;
  readonly out?: string;
}

/** A reinforcement-learning run, every default filled in. */
export interface RunConfig extends CommonConfig {
  readonly policy: TrainedPolicyConfig;
  readonly iterations: number;
  readonly preset?: string;
  readonly budget: BudgetConfig;
  readonly curriculum: CurriculumConfig;
  readonly embedder: EmbedderConfig;
  readonly mix: MixConfig;
  readonly rollout: RolloutConfig;
  readonly objective: ObjectiveConfig;
  readonly optimizer: OptimizerConfig;
  readonly checkpoint: CheckpointConfig;
  readonly memory: MemoryConfig;
  readonly log: { readonly groups: number };
  readonly ablate?: AblateConfig;
}

/** A supervised warm start on the domains' demonstrations, every default filled in. */
export interface SftConfig extends CommonConfig {
  readonly policy: TrainedPolicyConfig;
  readonly iterations: number;
  readonly batchSize: number;
  readonly heldOut: { readonly demonstrations: number; readonly every: number };
  readonly rollout: EpisodeConfig;
  readonly optimizer: OptimizerConfig;
  readonly checkpoint: CheckpointConfig;
  readonly memory: MemoryConfig;
}

/** An evaluation of a policy, every default filled in. */
export interface EvalConfig extends CommonConfig {
  readonly rollout: EpisodeConfig;
  /** Asked in place of `policy`. */
  readonly endpoint?: EndpointConfig;
}

/** What `taskspace generate` asks of a policy; what is left out of sampling is the model's own choice. */
export interface GenerateConfig
  extends Pick<CommonConfig, 'seed' | 'policy' | 'device' | 'threads'> {
  readonly sampling: Pick<SamplingConfig, 'maxTokens' | 'stop'> &
    Partial<Pick<SamplingConfig, 'temperature' | 'topP' | 'topK'>>;
}
