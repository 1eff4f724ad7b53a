export {
  assertOpening,
  assertResult,
  assertTask,
  assertTurnOutcome,
  assertVerdict,
  type DomainPlace,
} from './assert-contract.ts';
export { composeConfigSchema, domainOptions, validateConfig } from './config.ts';
export { type ConformanceCheck, conformanceChecks } from './conformance/checks.ts';
export type { ConformanceOptions } from './conformance/subject.ts';
export { createToken, Scope, type Services, type Token } from './container.ts';
export type { Curriculum, DrawContext } from './curriculum/curriculum.ts';
export {
  createExitCurriculum,
  type EmbeddingSpace,
  type ExitCurriculumOptions,
} from './curriculum/exit.ts';
export {
  type ExitOptions,
  type ExitVariant,
  type Expansion,
  exitOptionsSchema,
  resolveExit,
  VARIANT_DEFAULTS,
  type VariantDefaults,
} from './curriculum/exit-options.ts';
export { createMixedCurriculum, type MixOptions, type MixPart } from './curriculum/mix.ts';
export {
  type ExitPreset,
  PRESETS,
  type PresetDomain,
  type PresetName,
} from './curriculum/presets.ts';
export {
  type BufferEntry,
  entryKey,
  TaskBuffer,
  type TaskBufferOptions,
} from './curriculum/task-buffer.ts';
export { learnability, taskSpaceMetrics } from './curriculum/task-space-metrics.ts';
export { createUniformCurriculum, type WeightedSource } from './curriculum/uniform.ts';
export {
  CONTRACT_VERSION,
  type DataSet,
  type Demonstration,
  type Domain,
  type DomainDefinition,
  type DomainParts,
  defineDomain,
  type Finding,
  type IterationReward,
  RESERVED_OPTIONS,
  type RewriteReward,
  type Scaffold,
  type ScoredCompletion,
  type SetUpContext,
  type TaskDefect,
} from './domain.ts';
export { between, pick, sample, shuffle } from './draws.ts';
export type {
  Environment,
  Episode,
  EpisodeContext,
  EpisodeLimits,
  TurnOutcome,
} from './environment.ts';
export {
  CheckpointError,
  ConfigError,
  type ConfigProblem,
  ContainerError,
  DataError,
  DomainError,
  type DomainErrorCode,
  type DomainErrorOptions,
  PluginError,
  type PluginErrorCode,
  type ReplayDifference,
  ReplayError,
  ShapeError,
  TaskspaceError,
} from './errors.ts';
export {
  type ClaimedFailure,
  claimedFailure,
  type FailureKind,
  type Group,
  type Rollout,
  type RolloutFailure,
  type SettledGroup,
  type SettledRollout,
  type TokenSequence,
} from './group.ts';
export {
  conversation,
  type History,
  type HistoryEnding,
  type PartialHistory,
  type PrefixSource,
  prefix,
  type Turn,
} from './history.ts';
export type { Instance, InstanceMode } from './instance.ts';
export {
  genericPrompts,
  type IterationPrompts,
  type RewriteContext,
  type RewriteGoal,
  rewriteGoal,
  rewriteRequest,
} from './iteration/prompts.ts';
export type { Json } from './json.ts';
export type { Message } from './message.ts';
export { nearest } from './nearest.ts';
export {
  type DiscoveredDomain,
  DOMAIN_KEYWORD,
  discoverDomains,
  type InstalledPackage,
  loadDomain,
  type PluginHost,
} from './plugin.ts';
export { createRandom, type RandomState, type RandomStream, restoreRandom } from './random.ts';
export { type RestoredEpisode, restoreEpisode } from './restore.ts';
export {
  historySchema,
  instanceSchema,
  messageSchema,
  partialHistorySchema,
  taskSchema,
  turnOutcomeSchema,
  turnSchema,
  verdictSchema,
} from './schemas.ts';
export { setByPath } from './set-by-path.ts';
export { byDomain } from './settle/by-domain.ts';
export { diversityBonus } from './settle/diversity-bonus.ts';
export { type GroupAdvantagesOptions, groupAdvantages } from './settle/group-advantages.ts';
export { iterationReward } from './settle/iteration-reward.ts';
export { overLong } from './settle/over-long.ts';
export { runSettle } from './settle/run-settle.ts';
export type { SettleContext, SettleStep } from './settle/settle.ts';
export { viableGroup } from './settle/viable-group.ts';
export { type ZeroVarianceOptions, zeroVariance } from './settle/zero-variance.ts';
export { showValue } from './show-value.ts';
export type { Split, Task, TaskSource } from './task.ts';
export {
  CLOCK,
  type Clock,
  CURRICULUM,
  EMBEDDER,
  type Embedder,
  RANDOM,
  SETTLE_STEPS,
} from './tokens.ts';
export type { Verdict, Verifier } from './verifier.ts';
