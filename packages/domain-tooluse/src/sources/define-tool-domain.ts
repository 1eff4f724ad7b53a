import {
  createRandom,
  type Domain,
  type DomainDefinition,
  defineDomain,
  type Json,
  type Split,
  type Task,
} from '@taskspace/core';
import { createVerifier } from '../checkers/judge.ts';
import { createEnvironment } from '../episode/environment.ts';
import { fullPrompt } from '../episode/prompt.ts';
import { toolTask } from '../payload.ts';
import type { ProtocolName } from '../protocol/protocol.ts';
import { PROTOCOLS } from '../protocol/protocols.ts';
import { demonstrateTask } from '../starter/demonstrate.ts';
import type { ToolSource } from './define-world.ts';

/** A task over tools of one's own. */
export interface OwnTask {
  /** Unique in the domain. */
  readonly id: string;
  /** What the world starts from. */
  readonly config?: Json;
  /** At least one. */
  readonly requests: readonly {
    readonly text: string;
    /** The calls that do it. */
    readonly calls: readonly (readonly [name: string, args: { readonly [key: string]: Json }])[];
  }[];
}

/** What {@link defineToolDomain} takes. */
export interface ToolDomainDefinition {
  readonly name: string;
  readonly version: string;
  /** From `defineWorld` or `createMcpSource`. */
  tools(): ToolSource | Promise<ToolSource>;
  readonly tasks: Readonly<Partial<Record<Split, readonly OwnTask[]>>>;
}

/** Options of such a domain. */
export interface ToolDomainOptions {
  /** How calls are written. Default `exit`. */
  readonly protocol: ProtocolName;
}

const options: DomainDefinition<ToolDomainOptions>['options'] = {
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    protocol: { type: 'string', enum: Object.keys(PROTOCOLS) as ProtocolName[], default: 'exit' },
  },
};

/** Most responses for one request. */
const RESPONSES = 10;

/** A domain over any tools: the protocols, checker and demonstrations of this package with one's own world and tasks. */
export function defineToolDomain({
  name,
  version,
  tools,
  tasks,
}: ToolDomainDefinition): Domain<ToolDomainOptions> {
  return defineDomain<ToolDomainOptions>({
    name,
    version,
    options,
    async create({ protocol: protocolName }, services) {
      const source = await tools();
      const protocol = PROTOCOLS[protocolName];
      const environment = createEnvironment({
        source: source.sessions,
        protocol,
        toolsOf: () => source.tools,
        systemPrompt: (told) => fullPrompt(protocol, told),
        afterFailure: 'stop',
        maxArgumentChars: 100_000,
        maxResultChars: 250_000,
      });
      const of = (split: Split): readonly Task[] =>
        (tasks[split] ?? []).map((task) => ownTask(name, task));
      const context = {
        seed: 0,
        signal: new AbortController().signal,
        limits: { maxTurns: Infinity, timeoutMs: Infinity },
        services,
      };
      return {
        tasks: (split) => {
          const all = of(split);
          return { split, size: all.length, at: (index) => all[index]! };
        },
        environment,
        verifier: createVerifier(source.sessions, {
          checker: 'exit',
          strict: false,
          reward: 'binary',
        }),
        async *demonstrations(split, seed) {
          const stage = { environment, protocol, prompts: {}, context };
          const shares = { wrongShare: 0, rewriteShare: 0 };
          for (const task of of(split)) {
            yield* demonstrateTask(stage, task, shares, createRandom(seed).fork(task.id));
          }
        },
        ...(source.close && { dispose: () => source.close!() }),
      };
    },
  });
}

function ownTask(domain: string, { id, config = {}, requests }: OwnTask): Task {
  const task = toolTask(
    {
      world: {
        profile: 'v3',
        classes: [domain],
        config: JSON.stringify({ world: config }),
        longContext: false,
      },
      requests: requests.map(({ text, calls }) => ({
        text,
        gold: calls.map(([name, args]) => ({ name, arguments: JSON.stringify(args) })),
      })),
      budget: RESPONSES * requests.length,
    },
    { id },
  );
  return { ...task, domain };
}
