export type {
  Completion,
  ForwardBackwardResult,
  LossKernel,
  OptimParams,
  OptimResult,
  SampleRequest,
  SamplingParams,
  TrainingBackend,
  TrainingDatum,
} from './backend/backend.ts';
export { BACKEND, DOMAINS, FORMAT, OBJECTIVE } from './compose.ts';
export {
  createEncoderEmbedder,
  type EncoderEmbedder,
  type EncoderOptions,
} from './embedder/encoder-embedder.ts';
export { createPolicyEmbedder } from './embedder/policy-embedder.ts';
export { HubError, type HubProblem } from './hub/hub-error.ts';
export type { ConversationFormat, Example } from './model/conversation.ts';
export type { ImportanceCorrection } from './objective/importance-correction.ts';
export {
  type Aggregation,
  createObjective,
  type Objective,
  type ObjectiveBatch,
  type ObjectiveOptions,
} from './objective/objective.ts';
export type { PolicyLogprobs, PreparedRollout } from './objective/prepared-rollout.ts';
export type {
  AblateConfig,
  BudgetConfig,
  CheckpointConfig,
  CurriculumConfig,
  DomainObjectiveConfig,
  DomainRolloutConfig,
  DomainSection,
  EmbedderConfig,
  EndpointConfig,
  EpisodeConfig,
  EvalConfig,
  EvaluationConfig,
  MixConfig,
  ObjectiveConfig,
  OptimizerConfig,
  PolicyConfig,
  RolloutConfig,
  RunConfig,
  SamplingConfig,
  SftConfig,
} from './run/config.ts';
export { EVAL_SCHEMA, RUN_SCHEMA, SFT_SCHEMA } from './run/config-schema.ts';
export type { DomainReport, EvaluationReport, Scores } from './run/evaluate.ts';
export { evaluateRun } from './run/evaluation-run.ts';
export type { MetricsLine, RunInfo, RunListener, RunProgress } from './run/listener.ts';
export {
  type ConfigSource,
  type LoadedConfig,
  loadEvalConfig,
  loadRunConfig,
  loadSftConfig,
} from './run/load-config.ts';
export type { RunResult } from './run/loop.ts';
export { createPluginHost } from './run/plugin-host.ts';
export { type RunOptions, sftRun, trainRun } from './run/run.ts';
