/**
 * The tensors of completions that are decoded together. Every input of a step is an array that is kept and changed in place.
 */
import { Tensor } from 'onnxruntime-node';
import type { NamedTensors } from '../engine/program.ts';
import type { DecoderConfig } from '../model/config.ts';
import { MASKED_SCORE } from '../model/decoder.ts';
import type { CacheShape } from './cache-layout.ts';
import type { Caches, Joining } from './caches.ts';
import { DeviceCaches } from './device-caches.ts';
import { MemoryCaches } from './memory-caches.ts';
import { disposeTensors, type SamplerPrograms } from './programs.ts';
import type { Rotations } from './rotations.ts';

/** What a batch needs of its surroundings. */
export interface DecodeScope {
  readonly config: DecoderConfig;
  readonly programs: SamplerPrograms;
  readonly rotations: Rotations;
  /** The policy's tensors at this moment. */
  readonly parameters: () => NamedTensors;
}

/** Inputs of a step, as arrays to write to and as the tensors over them. */
interface StepInputs {
  readonly ids: BigInt64Array;
  readonly positions: BigInt64Array;
  readonly mask: Float32Array;
  /** Cache column that takes each slot's token. */
  readonly targets: number[];
  readonly feeds: NamedTensors;
}

/** Slots of one shape. Which completion is where is its owner's business. */
export class DecodeBatch {
  readonly #scope: DecodeScope;
  readonly #caches: Caches;
  #inputs: StepInputs;
  #lastPosition = 0;

  constructor(scope: DecodeScope, shape: CacheShape) {
    const { config, programs } = scope;
    this.#scope = scope;
    this.#caches = programs.keepsTensors
      ? new DeviceCaches(config, programs, shape)
      : new MemoryCaches(config, shape);
    this.#inputs = createInputs(shape);
  }

  get shape(): CacheShape {
    return this.#caches.shape;
  }

  /**
   * Puts prompts of a prefill into slots.
   *
   * @param fresh - The prefill's `fresh.…` tensors, `width` columns each.
   */
  async join(fresh: NamedTensors, width: number, prompts: readonly Joining[]): Promise<void> {
    await this.#caches.join(fresh, width, prompts);
  }

  /** Moves the slots named, in ascending order, to the front, and changes the batch to these sizes. */
  async resize(kept: readonly number[], slots: number, generatedColumns: number): Promise<void> {
    await this.#caches.resize(kept, slots, generatedColumns);
    this.#inputs = createInputs(this.shape);
  }

  /** Shows a slot's completions what they may see: so many tokens of the prompt, and of their own. Needed after `join` and `resize`. */
  show(slot: number, promptLength: number, length: number): void {
    const { promptColumns, generatedColumns } = this.shape;
    const start = slot * (promptColumns + generatedColumns);
    const { mask } = this.#inputs;
    mask.fill(MASKED_SCORE, start, start + promptColumns + generatedColumns);
    mask.fill(0, start, start + promptLength);
    mask.fill(0, start + promptColumns, start + promptColumns + length);
  }

  /**
   * Says where a slot's next tokens are.
   *
   * @param position - The same in all lanes.
   * @param column - Of the completions' caches, which takes them.
   */
  place(slot: number, position: number, column: number): void {
    const { lanes } = this.shape;
    const { positions, targets } = this.#inputs;
    positions.fill(BigInt(position), slot * lanes, (slot + 1) * lanes);
    this.#lastPosition = Math.max(this.#lastPosition, position);
    targets[slot] = column;
  }

  /** Sets the token that a lane reads in the next step. */
  feed(slot: number, lane: number, token: number): void {
    this.#inputs.ids[slot * this.shape.lanes + lane] = BigInt(token);
  }

  /** Runs one step, after which the slots' completions see its tokens; gives the logits `[slots · lanes, V]`. */
  async step(): Promise<Float32Array> {
    const { programs, parameters, rotations } = this.#scope;
    const { promptColumns, generatedColumns, slots, lanes } = this.shape;
    const { mask, targets, feeds } = this.#inputs;
    const program = await programs.step(lanes);
    const { logits, ...fresh } = await program.run({
      ...parameters(),
      ...rotations.upTo(this.#lastPosition + 1),
      ...this.#caches.tensors,
      ...feeds,
    });
    await this.#caches.append(fresh, targets);
    disposeTensors(fresh);
    for (let slot = 0; slot < slots; slot++) {
      mask[slot * (promptColumns + generatedColumns) + promptColumns + targets[slot]!] = 0;
    }
    return logits!.data as Float32Array;
  }

  dispose(): void {
    this.#caches.dispose();
  }
}

function createInputs({ slots, lanes, promptColumns, generatedColumns }: CacheShape): StepInputs {
  const rows = slots * lanes;
  const ids = new BigInt64Array(rows);
  const positions = new BigInt64Array(rows);
  const width = promptColumns + generatedColumns;
  const mask = new Float32Array(slots * width).fill(MASKED_SCORE);
  return {
    ids,
    positions,
    mask,
    targets: new Array<number>(slots).fill(0),
    feeds: {
      ids: new Tensor('int64', ids, [rows, 1]),
      at: new Tensor('int64', positions, [rows, 1]),
      mask: new Tensor('float32', mask, [slots, 1, 1, width]),
    },
  };
}
