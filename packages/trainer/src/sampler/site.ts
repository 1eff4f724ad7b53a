import type { InferenceSession } from 'onnxruntime-node';
import type { Completion, SampleRequest } from '../backend/backend.ts';
import type { NamedTensors } from '../engine/program.ts';
import type { DeviceName, TokenBytes } from '../engine/protocol.ts';
import type { DecoderConfig } from '../model/config.ts';
import type { DecodeScope } from './decode-batch.ts';
import { Job } from './job.ts';
import { createPrograms } from './programs.ts';
import { Rotations } from './rotations.ts';
import { Scheduler, type SchedulerLimits } from './scheduler.ts';

/** Where requests are decoded: this thread, or another one. */
export interface SamplerSite {
  /** Whether there is anything to do. */
  readonly isBusy: boolean;
  /** Tokens still to come at most, by which requests are dealt out. */
  readonly load: number;
  submit(request: SampleRequest, signal: AbortSignal): Promise<readonly Completion[]>;
  /** Draws up to `rounds` tokens for each completion under way, from these parameters. */
  turn(parameters: NamedTensors, rounds: number): Promise<void>;
  /** Fails every request. */
  fail(reason: unknown): void;
  /** Releases what it holds; there are no requests any more. */
  dispose(): Promise<void>;
}

/** What a site is made from. */
export interface SiteOptions {
  readonly config: DecoderConfig;
  readonly tokenBytes: TokenBytes | null;
  readonly device: DeviceName;
  readonly sessionOptions: InferenceSession.SessionOptions;
  readonly limits: SchedulerLimits;
}

/** Decodes in the thread it is called in. */
export class LocalSite implements SamplerSite {
  readonly #scope: DecodeScope;
  readonly #scheduler: Scheduler;
  readonly #tokenBytes: TokenBytes | null;
  #parameters: NamedTensors = {};
  #submitted = 0;
  #load = 0;

  constructor({ config, tokenBytes, device, sessionOptions, limits }: SiteOptions) {
    const target = {
      name: device,
      label: device,
      threads: sessionOptions.intraOpNumThreads ?? 0,
      keepsTensors: device === 'webgpu',
      sessionOptions,
    };
    this.#scope = {
      config,
      parameters: () => this.#parameters,
      rotations: new Rotations(config),
      programs: createPrograms(config, target),
    };
    this.#tokenBytes = tokenBytes;
    this.#scheduler = new Scheduler(this.#scope, limits);
  }

  get isBusy(): boolean {
    return this.#scheduler.isBusy;
  }

  get load(): number {
    return this.#load;
  }

  async submit(request: SampleRequest, signal: AbortSignal): Promise<readonly Completion[]> {
    const job = new Job(request, this.#submitted++, this.#tokenBytes);
    const abort = () => job.fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#load += loadOf(request);
    this.#scheduler.add(job);
    try {
      return await job.completions;
    } finally {
      this.#load -= loadOf(request);
      signal.removeEventListener('abort', abort);
    }
  }

  async turn(parameters: NamedTensors, rounds: number): Promise<void> {
    this.#parameters = parameters;
    for (let round = 0; round < rounds && this.isBusy; round++) await this.#scheduler.round();
  }

  fail(reason: unknown): void {
    this.#scheduler.fail(reason);
  }

  async dispose(): Promise<void> {
    while (this.isBusy) await this.#scheduler.round();
    await this.#scope.programs.release();
  }
}

/** Tokens a request may come to. */
export function loadOf({ samples, sampling }: SampleRequest): number {
  return samples * sampling.maxTokens;
}
