import { defineDomain } from '@taskspace/core';
import { type ToolUseOptions, toolUseOptionsSchema } from './options.ts';
import { createParts } from './parts.ts';

export { type JudgeOptions, judgeEpisode } from './checkers/judge.ts';
export type { Check, DenseScores, ToolVerdict } from './checkers/verdict.ts';
export { type BfclDatasetOptions, createBfclDataset } from './data/dataset.ts';
export type { EpisodeRecord } from './episode/record.ts';
export type { SessionSource, ToolSession } from './episode/session.ts';
export { createWorldSource } from './episode/world-source.ts';
export type { ToolUseOptions } from './options.ts';
export type { GoldCall, RequestSpec, ToolPayload, WorldSpec } from './payload.ts';
export type { Attempt, ParsedResponse, Protocol, ProtocolName } from './protocol/protocol.ts';
export { PROTOCOLS } from './protocol/protocols.ts';
export { type Cassette, playCassette, type Recorder, recordCassette } from './sources/cassette.ts';
export {
  defineToolDomain,
  type OwnTask,
  type ToolDomainDefinition,
  type ToolDomainOptions,
} from './sources/define-tool-domain.ts';
export {
  defineWorld,
  type ToolSource,
  type WorldDefinition,
  type WorldTool,
} from './sources/define-world.ts';
export {
  connectMcp,
  type McpAddress,
  McpCallError,
  type McpConnection,
  type McpFailure,
} from './sources/mcp-client.ts';
export { createMcpServer } from './sources/mcp-server.ts';
export { createMcpSource } from './sources/mcp-source.ts';
export type { CallOutcome, CallResult, ToolCall, ToolDefinition } from './tool.ts';
export { toolsOf } from './tools/tools.ts';
export {
  createWorld,
  formatJson,
  PyFloat,
  parseJson,
  sameState,
  WORLD_CLASSES,
  type World,
  type WorldOptions,
  type WorldProfile,
} from './worlds/create-world.ts';

/** Multi-turn tool use: generated tasks over eight tool worlds, or the BFCL multi-turn tasks over the same worlds. */
export default defineDomain<ToolUseOptions>({
  name: 'tooluse',
  version: '0.0.0',
  options: toolUseOptionsSchema,
  create: createParts,
});
