/** JSON Schemas of the three kinds of run; the descriptions are the reference of every field. */
import type { JSONSchemaType } from 'ajv';
import { ALL_LINEAR, LORA_TARGETS } from '../model/lora-config.ts';
import type { ImportanceCorrection } from '../objective/importance-correction.ts';
import type {
  AblateConfig,
  BudgetConfig,
  CheckpointConfig,
  CommonConfig,
  EmbedderConfig,
  EpisodeConfig,
  EvalConfig,
  EvaluationConfig,
  GenerateConfig,
  MemoryConfig,
  MixConfig,
  ObjectiveConfig,
  OptimizerConfig,
  PolicyConfig,
  RolloutConfig,
  RunConfig,
  SamplingConfig,
  SftConfig,
  TrainedPolicyConfig,
} from './config.ts';
import { CURRICULUM_SCHEMA, PRESET_SCHEMA } from './curriculum-config.ts';

/** A schema of everything but `domains`, whose part comes from the domains themselves. */
type BaseSchema<Config extends CommonConfig> = JSONSchemaType<Omit<Config, 'domains'>>;

const section = { type: 'object', additionalProperties: false, required: [] } as const;
/** Sections may be left out: ajv then fills in the defaults inside them. */
const LEFT_OUT = {} as never;

const policyFields = {
  path: {
    type: 'string',
    minLength: 1,
    default: 'pocket',
    description:
      '"pocket" for the shipped policy; a folder in Hugging Face format, or of adapters in PEFT\'s, relative to the config file; or a model of the hub, owner/name or owner/name@revision, which is downloaded when the cache lacks it.',
  },
  revision: {
    type: 'string',
    minLength: 1,
    nullable: true,
    description: 'Branch, tag or commit of a hub model; left out: main. A run keeps its commit.',
  },
  init: {
    type: 'integer',
    minimum: 0,
    nullable: true,
    description: "Seed of fresh weights for the folder's config.json; left out: its weights.",
  },
} as const;

const policy: JSONSchemaType<PolicyConfig> = {
  ...section,
  description: 'The policy to start from. A plain string is short for { path }.',
  default: LEFT_OUT,
  properties: policyFields,
};

const trainedPolicy: JSONSchemaType<TrainedPolicyConfig> = {
  ...policy,
  properties: {
    ...policyFields,
    // Only ever present as a whole, so none of its defaults makes adapters of a config that names none.
    lora: {
      ...section,
      nullable: true,
      description: 'Adapters to train in place of the weights, which then stay as they are.',
      properties: {
        rank: {
          type: 'integer',
          minimum: 1,
          default: 8,
          description: 'Rank of the product beside each matrix.',
        },
        alpha: {
          type: 'number',
          exclusiveMinimum: 0,
          default: 16,
          description: 'The product is multiplied by alpha / rank.',
        },
        targets: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', enum: [...LORA_TARGETS, ALL_LINEAR] },
          default: [ALL_LINEAR] as never,
          description:
            'The modules of each layer that get adapters, or all-linear, which is short for all of them.',
        },
        dropout: {
          type: 'number',
          minimum: 0,
          exclusiveMaximum: 1,
          default: 0,
          description: 'Share of what adapters read that is set to 0, in training only.',
        },
      },
    },
  },
};

const samplingFields = {
  maxTokens: {
    type: 'integer',
    minimum: 1,
    default: 64,
    description: 'Most tokens of one response.',
  },
  temperature: {
    type: 'number',
    exclusiveMinimum: 0,
    default: 1,
    description: 'Logits are divided by it, when sampling and when training.',
  },
  topP: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 1,
    default: 1,
    description: 'Smallest set of tokens whose probability reaches it; 1 is off.',
  },
  topK: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'Only the k most likely tokens; 0 is off.',
  },
  stop: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    default: [],
    description: "Texts that end a response, besides the tokenizer's end tokens.",
  },
} as const;

const sampling: JSONSchemaType<SamplingConfig> = {
  ...section,
  description: 'How completions are drawn.',
  default: LEFT_OUT,
  properties: samplingFields,
};

const episodes = {
  maxTurns: {
    type: 'integer',
    minimum: 1,
    default: 1,
    description: 'Most responses of one episode.',
  },
  timeoutMs: {
    type: 'integer',
    minimum: 1,
    default: 60_000,
    description:
      'Most time for one call into a domain; a call that takes longer fails its rollout.',
  },
  concurrency: {
    type: 'integer',
    minimum: 1,
    default: 512,
    description:
      'Most episodes of one domain open at once: none waits for another. Does not change results.',
  },
  maxFailures: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0.5,
    description:
      "The run stops when a larger share of one iteration's rollouts fails, of all or of one domain.",
  },
  sampling,
} as const;

/** Of `rollout` in any other kind of run. */
export const EPISODE_SCHEMA: JSONSchemaType<EpisodeConfig> = {
  ...section,
  description: 'How episodes are played.',
  default: LEFT_OUT,
  properties: episodes,
};

/** Of `rollout` in a training run. */
export const ROLLOUT_SCHEMA: JSONSchemaType<RolloutConfig> = {
  ...section,
  description: 'How episodes are played.',
  default: LEFT_OUT,
  properties: {
    prompts: {
      type: 'integer',
      minimum: 1,
      default: 32,
      description: 'Instances drawn an iteration, of all domains, each played as one group.',
    },
    groupSize: {
      type: 'integer',
      minimum: 2,
      default: 8,
      description: 'Rollouts of one instance; advantages are relative to their mean.',
    },
    retries: {
      type: 'integer',
      minimum: 0,
      default: 1,
      description:
        'How often a failed rollout is played again, with the same seeds: what fails by chance leaves no trace.',
    },
    minGroup: {
      type: 'integer',
      minimum: 2,
      default: 2,
      description: 'Groups with fewer judged rollouts are not trained on.',
    },
    ...episodes,
  },
};

/** What a named objective sets; fields given beside the name override it. */
export const OBJECTIVE_PRESETS = {
  grpo: {
    normalise: 'std',
    aggregation: 'sequence-mean',
    clipHigh: 0.2,
    overLong: 'keep',
    zeroVariance: 'keep',
  },
  'dr-grpo': {
    normalise: 'none',
    aggregation: 'constant-length',
    clipHigh: 0.2,
    overLong: 'keep',
    zeroVariance: 'keep',
  },
  dapo: {
    normalise: 'std',
    aggregation: 'token-mean',
    clipHigh: 0.28,
    overLong: 'mask',
    zeroVariance: 'mask',
  },
} as const satisfies Record<ObjectiveConfig['name'], Partial<ObjectiveConfig>>;

/** Only ever present as a whole: one more forward pass an iteration is not for those who do not ask for it. */
const importanceCorrection: JSONSchemaType<ImportanceCorrection> = {
  ...section,
  nullable: true,
  description:
    "Corrects for a sampler whose log-probabilities differ from the training graph's: each advantage is multiplied by min(exp(trainer − sampler), cap). Costs a forward pass an iteration; left out: off.",
  properties: {
    kind: {
      type: 'string',
      enum: ['token', 'sequence'],
      default: 'token',
      description: 'A weight for each token, or one for all tokens of a rollout.',
    },
    cap: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 2,
      description: 'Largest weight.',
    },
  },
};

/** Of `objective`. */
export const OBJECTIVE_SCHEMA: JSONSchemaType<ObjectiveConfig> = {
  ...section,
  description: 'How rewards become a gradient.',
  default: LEFT_OUT,
  properties: {
    name: {
      type: 'string',
      enum: ['grpo', 'dr-grpo', 'dapo'],
      default: 'grpo',
      description: 'Sets normalise, aggregation, clipHigh, overLong and zeroVariance together.',
    },
    normalise: {
      type: 'string',
      enum: ['std', 'none'],
      default: 'std',
      description: "Advantages are rewards minus their group's mean, divided by its std or not.",
    },
    aggregation: {
      type: 'string',
      enum: ['token-mean', 'sequence-mean', 'constant-length'],
      default: 'sequence-mean',
      description:
        'Mean over all tokens; mean over rollouts of their token means; or sum of tokens over rollouts × maxLength.',
    },
    maxLength: {
      type: 'integer',
      minimum: 1,
      description:
        'Tokens in the denominator of constant-length; left out: sampling.maxTokens × maxTurns.',
    },
    clipLow: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0.2,
      description: 'The probability ratio is clipped to [1 - clipLow, 1 + clipHigh].',
    },
    clipHigh: { type: 'number', minimum: 0, default: 0.2, description: 'See clipLow.' },
    klCoefficient: {
      type: 'number',
      minimum: 0,
      default: 0,
      description: 'Weight of the KL term (k3) to the reference policy; 0 needs no reference.',
    },
    reference: {
      ...section,
      description: 'How the reference policy follows; only used when klCoefficient is above 0.',
      default: LEFT_OUT,
      properties: {
        every: {
          type: 'integer',
          minimum: 1,
          default: 100,
          description: 'Iterations between two moves.',
        },
        mix: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          default: 1,
          description: 'reference ← mix·policy + (1 − mix)·reference.',
        },
      },
    },
    overLong: {
      type: 'string',
      enum: ['keep', 'mask'],
      default: 'keep',
      description:
        'mask: rollouts cut by a length or turn limit are not trained on; their rewards stay in the group baseline.',
    },
    zeroVariance: {
      type: 'string',
      enum: ['keep', 'mask'],
      default: 'keep',
      description:
        'Groups whose rewards are all equal. keep: they count in the denominator and feel the KL term; mask: neither.',
    },
    importanceCorrection: importanceCorrection as never,
    epochs: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'Passes over the rollouts of an iteration.',
    },
    miniBatches: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'Optimiser steps a pass is cut into.',
    },
  },
};

const optimizer: JSONSchemaType<OptimizerConfig> = {
  ...section,
  required: ['learningRate'],
  description: 'AdamW and the learning rate.',
  properties: {
    learningRate: {
      type: 'number',
      minimum: 0,
      description:
        'The highest rate. About 1e-4 suits the pocket policy, 1e-6 a model of billions.',
    },
    schedule: {
      type: 'string',
      enum: ['constant', 'linear', 'cosine'],
      default: 'constant',
      description: 'How the rate falls after warm-up.',
    },
    warmup: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Iterations over which the rate rises linearly.',
    },
    flat: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0,
      description:
        'Share of the iterations after warm-up before a linear or cosine rate begins to fall.',
    },
    final: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Share of the highest rate that is left at the end.',
    },
    beta1: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.9,
      description: 'Decay of the mean.',
    },
    beta2: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.99,
      description: 'Decay of the mean square.',
    },
    epsilon: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 1e-8,
      description: 'Added to the root.',
    },
    weightDecay: {
      type: 'number',
      minimum: 0,
      default: 0,
      description: 'Decoupled decay of matrices; norms and biases have none.',
    },
    maxGradNorm: {
      type: 'number',
      minimum: 0,
      default: 1,
      description: 'Global norm the gradient is scaled down to; 0 is off.',
    },
    maxSkipped: {
      type: 'integer',
      minimum: 1,
      default: 5,
      description:
        'The run stops after this many steps in a row whose loss or gradient is not finite.',
    },
  },
};

const evaluation: JSONSchemaType<EvaluationConfig> = {
  ...section,
  description: 'Answers to held-out tasks: greedy, and sampled at rollout.sampling.',
  default: LEFT_OUT,
  properties: {
    split: {
      type: 'string',
      enum: ['train', 'validation', 'test'],
      default: 'test',
      description: 'Which tasks. The same ones whatever the seed.',
    },
    tasks: {
      type: 'integer',
      minimum: 0,
      default: 256,
      description: 'Tasks of each domain; 0 is off.',
    },
    samples: {
      type: 'integer',
      minimum: 0,
      default: 2,
      description: 'Sampled answers to each task, besides the greedy one.',
    },
    every: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'Iterations between two evaluations besides those before and after the run; 0: only those.',
    },
    rewrites: {
      type: 'array',
      items: { type: 'integer', minimum: 0, maximum: 1024 },
      default: [0],
      description:
        "Numbers of rewrites to report on, for example [0, 1, 2, 4, 8]: each answer is rewritten by the domain's scaffold.",
    },
  },
};

const checkpoint: JSONSchemaType<CheckpointConfig> = {
  ...section,
  description: 'What a killed run goes on from.',
  default: LEFT_OUT,
  properties: {
    every: {
      type: 'integer',
      minimum: 1,
      default: 10,
      description: 'Iterations between two checkpoints; one more is written at the end.',
    },
    keep: {
      type: 'integer',
      minimum: 1,
      default: 2,
      description: 'How many are kept, newest first.',
    },
    groups: {
      type: 'boolean',
      default: true,
      description:
        'Whether complete groups are written down at once, so that a killed run does not play them again.',
    },
  },
};

const memory: JSONSchemaType<MemoryConfig> = {
  ...section,
  description: 'How training uses memory. Does not change what a step computes but for rounding.',
  default: LEFT_OUT,
  properties: {
    microBatchTokens: {
      type: 'integer',
      minimum: 1,
      default: 4096,
      description:
        'Most tokens, padding included, that go forward and backward together; gradients add up over as many as it takes.',
    },
    recompute: {
      type: 'string',
      enum: ['auto', 'always', 'never'],
      default: 'auto',
      description:
        'Whether the backward pass computes layers again instead of keeping what is inside them; auto: where the policy would not fit otherwise.',
    },
  },
};

const common = {
  name: {
    type: 'string',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    default: 'run',
    description: 'Names the run folder: runs/<name>.',
  },
  seed: { type: 'integer', minimum: 0, default: 0, description: 'Decides every random draw.' },
  policy,
  evaluation,
  device: {
    type: 'string',
    enum: ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'],
    default: 'auto',
    description: 'Where the policy runs.',
  },
  threads: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'Threads of one operator on the CPU; 0 is one per core.',
  },
  out: {
    type: 'string',
    nullable: true,
    description:
      'The run folder, relative to the current one; left out: runs/<name>, with a number when taken.',
  },
} as const;

const embedder: JSONSchemaType<EmbedderConfig> = {
  ...section,
  description:
    'Where the embeddings of the diversity bonus come from. A plain string is short for a kind or, with bert, a path.',
  default: LEFT_OUT,
  properties: {
    kind: {
      type: 'string',
      enum: ['policy', 'bert', 'none'],
      default: 'policy',
      description:
        "policy: the reference policy's own mean hidden state, which needs no download. bert: an encoder of that family.",
    },
    path: {
      type: 'string',
      minLength: 1,
      nullable: true,
      description:
        'With bert: a folder in Hugging Face format, or an ONNX file beside its tokenizer.json; relative to the config file.',
    },
    maxTokens: {
      type: 'integer',
      minimum: 3,
      nullable: true,
      description:
        "With bert: most tokens of a text, the rest is cut off; left out: the tokenizer's own limit.",
    },
  },
};

const mix: JSONSchemaType<MixConfig> = {
  ...section,
  description:
    'How the draws of an iteration are shared among domains without prompts of their own.',
  default: LEFT_OUT,
  properties: {
    floor: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Least share of each of them, whatever the weights.',
    },
  },
};

const budget: JSONSchemaType<BudgetConfig> = {
  ...section,
  description: 'When the run ends besides its iterations.',
  default: LEFT_OUT,
  properties: {
    tokens: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'The run ends with the iteration that brings the sampled tokens to this number; 0 is no bound.',
    },
  },
};

const rate = {
  type: 'number',
  minimum: 0,
  nullable: true,
  description: 'In place of optimizer.learningRate.',
} as const;

const ablate: JSONSchemaType<AblateConfig> = {
  ...section,
  description: 'What `taskspace ablate` varies; `taskspace train` takes no notice of it.',
  nullable: true,
  properties: {
    learningRates: {
      ...section,
      description: 'Learning rate of each variant.',
      default: LEFT_OUT,
      properties: { grpo: rate, curriculum: rate, improve: rate, diverge: rate, exit: rate },
    },
  },
};

const iterations = {
  type: 'integer',
  minimum: 0,
  default: 100,
  description: 'Length of the run; one iteration is one turn of the training loop.',
} as const;

/** Of `taskspace train`. */
export const RUN_SCHEMA: BaseSchema<RunConfig> = {
  ...section,
  required: ['optimizer'],
  properties: {
    ...common,
    policy: trainedPolicy,
    iterations,
    preset: PRESET_SCHEMA as never,
    budget,
    curriculum: { ...CURRICULUM_SCHEMA, default: LEFT_OUT } as never,
    embedder,
    mix,
    rollout: ROLLOUT_SCHEMA,
    objective: OBJECTIVE_SCHEMA,
    optimizer,
    checkpoint,
    memory,
    log: {
      ...section,
      description: 'What is kept of the rollouts, for people to read.',
      default: LEFT_OUT,
      properties: {
        groups: {
          type: 'integer',
          minimum: 0,
          default: 2,
          description: 'Groups written to rollouts/ an iteration; domains take turns.',
        },
      },
    },
    ablate: ablate as never,
  },
};

/** Of `taskspace sft`. */
export const SFT_SCHEMA: BaseSchema<SftConfig> = {
  ...section,
  required: ['optimizer'],
  properties: {
    ...common,
    policy: trainedPolicy,
    iterations,
    batchSize: {
      type: 'integer',
      minimum: 1,
      default: 32,
      description: 'Demonstrations of one optimiser step.',
    },
    heldOut: {
      ...section,
      description: 'Loss on demonstrations of the validation split.',
      default: LEFT_OUT,
      properties: {
        demonstrations: {
          type: 'integer',
          minimum: 0,
          default: 256,
          description: 'How many of each domain; 0 is off.',
        },
        every: {
          type: 'integer',
          minimum: 1,
          default: 100,
          description: 'Iterations between two measurements.',
        },
      },
    },
    rollout: EPISODE_SCHEMA,
    optimizer,
    checkpoint,
    memory,
  },
};

/** Only ever present as a whole, so none of its defaults makes an endpoint of a config that names none. */
const endpoint = {
  ...section,
  required: ['url', 'model'],
  nullable: true,
  description:
    'A policy served elsewhere, asked by the chat-completions protocol in place of `policy`.',
  properties: {
    url: {
      type: 'string',
      pattern: '^https?://',
      description:
        'Base URL, up to and including the version, for example http://localhost:8000/v1.',
    },
    model: { type: 'string', minLength: 1, description: 'The name the server knows the model by.' },
    keyVariable: {
      type: 'string',
      minLength: 1,
      default: 'OPENAI_API_KEY',
      description: 'Environment variable that holds the key; when it is not set, none is sent.',
    },
    concurrency: {
      type: 'integer',
      minimum: 1,
      default: 8,
      description: 'Most requests under way at once.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 1,
      default: 120_000,
      description: 'Most time for one request, its whole answer included.',
    },
    retries: {
      type: 'integer',
      minimum: 0,
      default: 6,
      description:
        'How often a request is tried again after a time-out, a limit, a server error or garbage.',
    },
    body: {
      type: 'object',
      required: [],
      additionalProperties: true,
      default: LEFT_OUT,
      description: 'Fields put over those of every request; null leaves one out.',
    },
  },
} as const;

/** Of `taskspace eval`. */
export const EVAL_SCHEMA: BaseSchema<EvalConfig> = {
  ...section,
  properties: { ...common, rollout: EPISODE_SCHEMA, endpoint },
};

/** Of `taskspace generate`. */
export const GENERATE_SCHEMA: JSONSchemaType<GenerateConfig> = {
  ...section,
  properties: {
    seed: common.seed,
    policy,
    device: common.device,
    threads: common.threads,
    sampling: {
      ...section,
      description:
        "How completions are drawn; left out: as the model's generation_config.json says.",
      default: LEFT_OUT,
      properties: {
        maxTokens: { ...samplingFields.maxTokens, default: 256 },
        stop: samplingFields.stop,
        temperature: {
          type: 'number',
          minimum: 0,
          nullable: true,
          description:
            "Logits are divided by it; 0 takes the most likely token; left out: the model's, or 1.",
        },
        topP: {
          type: 'number',
          exclusiveMinimum: 0,
          maximum: 1,
          nullable: true,
          description: `${samplingFields.topP.description} Left out: the model's, or 1.`,
        },
        topK: {
          type: 'integer',
          minimum: 0,
          nullable: true,
          description: `${samplingFields.topK.description} Left out: the model's, or 0.`,
        },
      },
    },
  },
};
