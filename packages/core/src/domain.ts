import type { JSONSchemaType } from 'ajv';
import type { Services } from './container.ts';
import type { Environment } from './environment.ts';
import type { Message } from './message.ts';
import type { Split, TaskSource } from './task.ts';
import type { Verifier } from './verifier.ts';

/** Version of the plugin contract this core speaks; a plugin built for another one is refused by name. */
export const CONTRACT_VERSION = 1;

/** One example of how to answer, for supervised warm starts. */
export interface Demonstration {
  readonly messages: readonly Message[];
  readonly response: string;
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
}

/** What {@link defineDomain} takes. */
export interface DomainDefinition<Options> {
  /** Lower-case letters, digits and dashes; what configs call the domain. */
  readonly name: string;
  readonly version: string;
  /** JSON Schema of the options; configs are checked against it before `create` is called. */
  readonly options: JSONSchemaType<Options>;
  create(options: Options, services: Services): DomainParts | Promise<DomainParts>;
}

/** A task domain: the default export of a plugin package. */
export interface Domain<Options = unknown> extends DomainDefinition<Options> {
  readonly contract: number;
}
