import { showValue } from './show-value.ts';

/** Base of every error this project throws on purpose; `code` is stable, messages are for people. */
export class TaskspaceError extends Error {
  /** Stable identifier, `TASKSPACE_ERR_…`. */
  readonly code: string;

  static {
    TaskspaceError.prototype.name = 'TaskspaceError';
  }

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One thing wrong with a config. */
export interface ConfigProblem {
  /** Where, for example `domains.math.levels[0]`; empty for the config itself. */
  readonly path: string;
  /** What was expected, in words. */
  readonly expected: string;
  /** What came, as printed. */
  readonly got: string;
  /** A near miss worth offering. */
  readonly suggestion?: string;
}

/** A config that cannot be run; holds every problem found, not only the first. */
export class ConfigError extends TaskspaceError {
  readonly problems: readonly ConfigProblem[];

  static {
    ConfigError.prototype.name = 'ConfigError';
  }

  /**
   * @param problems - At least one.
   * @param subject - What was checked, for example a file name.
   */
  constructor(problems: readonly ConfigProblem[], subject = 'config') {
    super('TASKSPACE_ERR_CONFIG', renderProblems(problems, subject));
    this.problems = problems;
  }
}

/** Which check of a plugin failed. */
export type PluginErrorCode =
  | 'TASKSPACE_ERR_PLUGIN_NOT_FOUND'
  | 'TASKSPACE_ERR_PLUGIN_AMBIGUOUS'
  | 'TASKSPACE_ERR_PLUGIN_IMPORT'
  | 'TASKSPACE_ERR_PLUGIN_EXPORT'
  | 'TASKSPACE_ERR_PLUGIN_CONTRACT'
  | 'TASKSPACE_ERR_PLUGIN_DUPLICATE'
  | 'TASKSPACE_ERR_PLUGIN_DEFINITION';

/** A plugin that cannot be loaded or is not what a plugin must be. */
export class PluginError extends TaskspaceError {
  static {
    PluginError.prototype.name = 'PluginError';
  }

  constructor(code: PluginErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** A wiring mistake: nothing registered, registered twice, a cycle, use after disposal. */
export class ContainerError extends TaskspaceError {
  static {
    ContainerError.prototype.name = 'ContainerError';
  }

  constructor(message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_CONTAINER', message, options);
  }
}

/** How a domain broke the contract. */
export type DomainErrorCode =
  | 'TASKSPACE_ERR_DOMAIN'
  | 'TASKSPACE_ERR_DOMAIN_TASK'
  | 'TASKSPACE_ERR_DOMAIN_OUTCOME'
  | 'TASKSPACE_ERR_DOMAIN_VERDICT'
  | 'TASKSPACE_ERR_DOMAIN_TIMEOUT';

/** Which domain and task an error is about. */
export interface DomainErrorOptions extends ErrorOptions {
  readonly domain: string;
  readonly taskId?: string | undefined;
  /** Default `TASKSPACE_ERR_DOMAIN`: the domain's code threw. */
  readonly code?: DomainErrorCode;
}

/** A domain that threw, hung, or gave something its contract does not allow. */
export class DomainError extends TaskspaceError {
  readonly domain: string;
  readonly taskId: string | undefined;

  static {
    DomainError.prototype.name = 'DomainError';
  }

  constructor(message: string, options: DomainErrorOptions) {
    const { domain, taskId, code = 'TASKSPACE_ERR_DOMAIN', cause } = options;
    const subject = taskId === undefined ? `domain ${domain}` : `domain ${domain}, task ${taskId}`;
    super(code, `${subject}: ${message}`, cause === undefined ? undefined : { cause });
    this.domain = domain;
    this.taskId = taskId;
  }
}

/** What a replay found different. */
export interface ReplayDifference {
  readonly domain: string;
  readonly taskId: string;
  /** 1-based turn whose messages differ. */
  readonly turn: number;
  /** What was recorded, as text. */
  readonly recorded: string;
  /** What the replay said, as text. */
  readonly replayed: string;
}

/** A recorded history that its environment no longer reproduces. */
export class ReplayError extends TaskspaceError {
  readonly domain: string;
  readonly taskId: string;
  readonly turn: number;
  readonly recorded: string;
  readonly replayed: string;

  static {
    ReplayError.prototype.name = 'ReplayError';
  }

  constructor({ domain, taskId, turn, recorded, replayed }: ReplayDifference) {
    super(
      'TASKSPACE_ERR_REPLAY',
      `replay of domain ${domain}, task ${taskId}, turn ${turn}: expected the recorded ${aroundDifference(recorded, replayed)}, ` +
        `got ${aroundDifference(replayed, recorded)}. The domain changed since the history was recorded, or it does not depend on ` +
        '(task, seed, responses) alone: drop the history, or fix the domain (taskspace check).',
    );
    this.domain = domain;
    this.taskId = taskId;
    this.turn = turn;
    this.recorded = recorded;
    this.replayed = replayed;
  }
}

/** Arrays whose sizes do not fit together: a mistake in the calling code. */
export class ShapeError extends TaskspaceError {
  static {
    ShapeError.prototype.name = 'ShapeError';
  }

  /**
   * @param op - What was called.
   * @param expected - The shape wanted, in words.
   * @param got - The shape that came.
   * @param hint - What to do.
   */
  constructor(op: string, expected: string, got: readonly (number | string)[], hint: string) {
    super('TASKSPACE_ERR_SHAPE', `${op}: expected ${expected}, got [${got.join(', ')}]. ${hint}`);
  }
}

/** Saved state (a checkpoint, a snapshot) that is damaged, incomplete or of another kind. */
export class CheckpointError extends TaskspaceError {
  /** The file, folder or kind of snapshot. */
  readonly source: string;

  static {
    CheckpointError.prototype.name = 'CheckpointError';
  }

  constructor(source: string, message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_CHECKPOINT', `${source}: ${message}`, options);
    this.source = source;
  }
}

/** A data file whose content is not what was expected. */
export class DataError extends TaskspaceError {
  readonly file: string;
  /** 1-based; null when the problem is the file as a whole. */
  readonly line: number | null;

  static {
    DataError.prototype.name = 'DataError';
  }

  constructor(file: string, line: number | null, message: string, options?: ErrorOptions) {
    super(
      'TASKSPACE_ERR_DATA',
      `${line === null ? file : `${file}, line ${line}`}: ${message}`,
      options,
    );
    this.file = file;
    this.line = line;
  }
}

function renderProblems(problems: readonly ConfigProblem[], subject: string): string {
  const lines = problems.map(({ path, expected, got, suggestion }) => {
    const hint = suggestion === undefined ? '' : ` ${suggestion}`;
    return `${path === '' ? 'the whole value' : path}: expected ${expected}, got ${got}.${hint}`;
  });
  if (lines.length === 1) return `${subject}: ${lines[0]}`;
  return `${subject}: ${lines.length} problems\n${lines.map((line) => `  - ${line}`).join('\n')}`;
}

/** The part of a text where it first differs from another, so that long messages stay readable. */
function aroundDifference(text: string, other: string): string {
  let same = 0;
  while (same < text.length && same < other.length && text[same] === other[same]) same += 1;
  const from = Math.max(0, same - 20);
  return `${from > 0 ? `(from character ${from}) ` : ''}${showValue(text.slice(from), 120)}`;
}
