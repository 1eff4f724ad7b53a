import type { MemoryEstimate } from '../engine/memory-plan.ts';
import type { EvaluationReport } from './evaluate.ts';

/** What a run is, told once before it begins. */
export interface RunInfo {
  readonly kind: 'train' | 'sft';
  readonly folder: string;
  readonly device: string;
  readonly parameterCount: number;
  /** Parameters that training changes. */
  readonly trainedCount: number;
  readonly memory: MemoryEstimate | null;
  readonly contextLength: number;
  readonly domains: readonly string[];
  readonly iterations: number;
  /** Iterations already complete: above 0 when a run is resumed. */
  readonly completed: number;
}

/** How far the present part of an iteration is. */
export interface RunProgress {
  /** `download`: the policy's, before the run begins, counted in bytes. */
  readonly phase: 'download' | 'rollout' | 'update' | 'evaluation' | 'checkpoint';
  readonly iteration: number;
  readonly done: number;
  readonly total: number;
}

/** One line of metrics.jsonl: everything but `time` is the same on every repetition of a run. */
export interface MetricsLine {
  readonly [name: string]: number | Readonly<Record<string, number>>;
  /** 0-based. */
  readonly iteration: number;
  /** Wall-clock seconds, tokens per second, resident bytes. */
  readonly time: Readonly<Record<string, number>>;
}

/** Whoever follows a run as it goes: the command line's live line, a dashboard. Must not throw. */
export interface RunListener {
  onStart?(info: RunInfo): void;
  onProgress?(progress: RunProgress): void;
  onIteration?(line: MetricsLine): void;
  onEvaluation?(report: EvaluationReport): void;
  /** @param folder - Of the checkpoint. */
  onCheckpoint?(folder: string): void;
  /** Something a person should know that does not stop the run. */
  onNotice?(message: string): void;
}
