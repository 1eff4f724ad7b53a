import type { JSONSchemaType } from 'ajv';
import type { Services } from './container.ts';
import type { Environment } from './environment.ts';
import { PluginError } from './errors.ts';
import type { IterationPrompts } from './iteration/prompts.ts';
import { createAjv } from './json-schema.ts';
import type { Message } from './message.ts';
import { showValue } from './show-value.ts';
import type { Split, TaskSource } from './task.ts';
import type { Verifier } from './verifier.ts';

/** Version of the plugin contract this core speaks; a plugin built for another one is refused by name. */
export const CONTRACT_VERSION = 1;

/** One example of how to answer, for supervised warm starts. */
export interface Demonstration {
  readonly messages: readonly Message[];
  readonly response: string;
}

/** One completion of a file, judged outside any run. */
export interface ScoredCompletion {
  readonly id: string;
  readonly correct: boolean;
  readonly timeMs: number;
  /** Why, in words. */
  readonly reason: string;
  /** How the verdict came about, when asked for; what is in it is the domain's to say. */
  readonly explanation?: object;
}

/** What a self-iteration is rewarded with: the new quality, or the share of the possible gain that was reached. */
export type RewriteReward = 'quality' | 'improvement';

/** How a domain rewards self-iterations (appendix A of the ExIt paper); base tasks are always rewarded with quality. */
export interface IterationReward {
  /** Default `quality`. */
  readonly improve: RewriteReward;
  /** Default `quality`. */
  readonly diverge: RewriteReward;
}

/**
 * How rewrites are spent at test time: `k-step` rewrites the latest response of every turn K times; `greedy` always rewrites
 * the best response so far.
 */
export interface Scaffold {
  readonly kind: 'k-step' | 'greedy';
  /** With `greedy`: the verdict metric that tells which response is best; left out, the verdict's quality. */
  readonly select?: string;
}

/** A fault of a task that `taskspace lint` reports. */
export interface TaskDefect {
  readonly taskId: string;
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  /** What is wrong, in words. */
  readonly message: string;
  /** Whether the task is left out of training by default. */
  readonly excluded: boolean;
}

/** Published files a domain can use and `taskspace data` can fetch. */
export interface DataSet {
  /** What would be downloaded, from where, how much of it, under which licence. */
  readonly description: string;
  /** Downloads into an existing folder, checking every file's checksum. */
  download(
    folder: string,
    options: { readonly signal: AbortSignal; readonly onFile: (name: string) => void },
  ): Promise<void>;
}

/** What {@link DomainParts.prepare} is given. */
export interface SetUpContext {
  readonly signal: AbortSignal;
  /** Told of what takes long or costs something, such as a download. */
  readonly onNotice: (message: string) => void;
}

/** What a plugin gives once its options are known. */
export interface DomainParts {
  tasks(split: Split): TaskSource | Promise<TaskSource>;
  readonly environment: Environment;
  readonly verifier: Verifier;
  /** Endless or finite stream of demonstrations from one split, the same for the same seed. */
  demonstrations?(
    split: Split,
    seed: number,
  ): AsyncIterable<Demonstration> | Iterable<Demonstration>;
  /** Texts that ask for a rewrite; generic ones stand in for what is left out. */
  readonly iteration?: Partial<IterationPrompts>;
  readonly iterationReward?: Partial<IterationReward>;
  /** The part of a response that the diversity bonus embeds; left out, the whole response. */
  embeddingText?(response: string): string;
  /** Default `k-step`. */
  readonly scaffold?: Scaffold;
  /** Replays every task's own solution and reports what is wrong with it. */
  lint?(signal: AbortSignal): AsyncIterable<TaskDefect>;
  /** By the name `taskspace data` calls them. */
  readonly datasets?: Readonly<Record<string, DataSet>>;
  /**
   * Sets up what episodes need of the machine: finds programs, fetches packages, tries them. Called once before a run's first
   * episode, so that what is missing is said at the start; never when no episode is played.
   *
   * @throws What is missing and what to do. A run whose config calls the domain optional then goes on without it.
   */
  prepare?(context: SetUpContext): Promise<void>;
  /** Called once when the run ends: stops processes, closes connections. */
  dispose?(): Promise<void>;
  /**
   * Judges completions from a file, in their order; what a line holds is the domain's to say and to check.
   *
   * @param lines - Parsed lines, hostile input.
   */
  scoreCompletions?(
    lines: AsyncIterable<unknown>,
    options: { readonly explain: boolean },
  ): AsyncIterable<ScoredCompletion>;
}

/** One thing that a domain needs of the machine, for `taskspace doctor`. */
export interface Finding {
  readonly subject: string;
  /** `ok`: works; `absent`: not here; `broken`: here, but does not work. */
  readonly status: 'ok' | 'absent' | 'broken';
  /** What was found, in words. */
  readonly detail: string;
  /** The one command that helps. */
  readonly fix?: string;
}

/** What {@link defineDomain} takes. */
export interface DomainDefinition<Options> {
  /** Lower-case letters, digits and dashes; what configs call the domain. */
  readonly name: string;
  readonly version: string;
  /** JSON Schema of the options; configs are checked against it before `create` is called. */
  readonly options: JSONSchemaType<Options>;
  create(options: Options, services: Services): DomainParts | Promise<DomainParts>;
  /** Looks at what the domain needs of the machine besides Node: programs, interpreters, sandboxes. */
  examine?(): Promise<readonly Finding[]>;
}

/** A task domain: the default export of a plugin package. Every `Domain<Options>` is a `Domain`. */
export interface Domain<Options = unknown> {
  readonly name: string;
  readonly version: string;
  /** JSON Schema; its agreement with the options type was checked where the domain was defined. */
  readonly options: object;
  /** The {@link CONTRACT_VERSION} of the core that made it. */
  readonly contract: number;
  create(options: Options, services: Services): DomainParts | Promise<DomainParts>;
  examine?(): Promise<readonly Finding[]>;
}

/** Option names that the run config itself uses beside a domain's own, under `domains.<name>`. */
export const RESERVED_OPTIONS: readonly string[] = [
  'plugin',
  'weight',
  'optional',
  'curriculum',
  'rollout',
  'objective',
];

/**
 * Makes a domain, the default export of a plugin package.
 *
 * @throws {@link PluginError} when the name or the options schema is not usable; the message names the domain.
 */
export function defineDomain<Options>(definition: DomainDefinition<Options>): Domain<Options> {
  checkDefinition(definition);
  return Object.freeze({ ...definition, contract: CONTRACT_VERSION });
}

/**
 * Checks a definition's form: name, version, create, and an options schema that compiles.
 *
 * @throws {@link PluginError}
 */
export function checkDefinition(definition: {
  readonly name: unknown;
  readonly version: unknown;
  readonly options: unknown;
  readonly create: unknown;
}): void {
  const { name, version, options, create } = definition;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/u.test(name)) {
    refuse('defineDomain', 'a name of lower-case letters, digits and dashes', showValue(name));
  }
  const subject = `domain ${name}`;
  if (typeof version !== 'string' || version === '') {
    refuse(subject, 'a version string such as "0.1.0"', showValue(version));
  }
  if (typeof create !== 'function') refuse(subject, 'create to be a function', showValue(create));
  checkOptionsSchema(subject, options);
}

function checkOptionsSchema(subject: string, schema: unknown): void {
  const { type, properties } = (schema ?? {}) as { type?: unknown; properties?: unknown };
  if (type !== 'object') {
    refuse(subject, 'options to be a JSON Schema of type "object"', showValue(schema));
  }
  const reserved = Object.keys(properties ?? {}).filter((key) => RESERVED_OPTIONS.includes(key));
  if (reserved.length > 0) {
    refuse(
      subject,
      `no option named ${RESERVED_OPTIONS.join(', ')} (the run config uses them itself)`,
      reserved.join(', '),
    );
  }
  try {
    createAjv().compile(schema as object);
  } catch (cause) {
    refuse(subject, 'options to be a valid JSON Schema', showValue(cause, 300), cause);
  }
}

function refuse(subject: string, expected: string, got: string, cause?: unknown): never {
  throw new PluginError(
    'TASKSPACE_ERR_PLUGIN_DEFINITION',
    `${subject}: expected ${expected}, got ${got}. Correct what is passed to defineDomain.`,
    cause === undefined ? undefined : { cause },
  );
}
