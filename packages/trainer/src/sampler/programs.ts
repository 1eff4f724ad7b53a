import type { Tensor } from 'onnxruntime-node';
import type { Device } from '../engine/device.ts';
import { compile, type NamedTensors, type Program } from '../engine/program.ts';
import type { DecoderConfig } from '../model/config.ts';
import type { Graph } from '../onnx/graph.ts';
import {
  buildAppendGraph,
  buildJoinGraph,
  buildPrefillGraph,
  buildResizeGraph,
  buildStepGraph,
} from './graphs.ts';

/** The sampler's graphs, each compiled when it is first wanted. */
export interface SamplerPrograms {
  readonly prefill: () => Promise<Program>;
  /** Decode step for this many completions per slot. */
  readonly step: (lanes: number) => Promise<Program>;
  readonly append: () => Promise<Program>;
  readonly join: () => Promise<Program>;
  readonly resize: () => Promise<Program>;
  /** Whether caches stay on the device instead of in our memory. */
  readonly keepsTensors: boolean;
  release(): Promise<void>;
}

/** Prepares the graphs of a decoder on a device. */
export function createPrograms(config: DecoderConfig, device: Device): SamplerPrograms {
  const compiled = new Map<string, Promise<Program>>();
  const once = (name: string, build: () => Graph): Promise<Program> => {
    const known = compiled.get(name);
    if (known) return known;
    const program = compile(build(), device, (output) => output !== 'logits');
    compiled.set(name, program);
    return program;
  };
  return {
    prefill: () => once('prefill', () => buildPrefillGraph(config)),
    step: (lanes) => once(`step ${lanes}`, () => buildStepGraph(config, lanes)),
    append: () => once('append', () => buildAppendGraph(config)),
    join: () => once('join', () => buildJoinGraph(config)),
    resize: () => once('resize', () => buildResizeGraph(config)),
    keepsTensors: device.keepsTensors,
    async release() {
      for (const program of compiled.values()) await (await program).release();
      compiled.clear();
    },
  };
}

/** Frees what a device holds; memory of our own is left to the garbage collector. */
export function disposeTensors(tensors: NamedTensors): void {
  for (const tensor of Object.values(tensors)) {
    if ((tensor as Tensor).location !== 'cpu') tensor.dispose();
  }
}
