/**
 * What every sandbox takes and gives. A run sees a read-only allow-list of folders, a size-capped work folder at
 * {@link WORK_DIR}, no network and no environment but the one it is given; one file comes out.
 */

/** Work folder of every run, as the program sees it. */
export const WORK_DIR = '/sandbox';

/** What a program that prepares itself writes on descriptor 3 when it is ready. */
export const READY = '.';

/** Bounds on one run; crossing one ends every process of it at once. */
export interface SandboxLimits {
  /** Wall-clock time from the moment the program is handed over. */
  readonly wallMs: number;
  /** Processor time, summed over all processes. */
  readonly cpuSeconds: number;
  /** Resident memory, summed over all processes; one process may reserve 1 GiB more address space than this. */
  readonly memoryBytes: number;
  /** Processes and threads together. */
  readonly processes: number;
  /** Largest single file. */
  readonly fileBytes: number;
  /** Files and folders over all writable folders. */
  readonly inodes: number;
  /** Standard output and standard error together; only the head and the tail of them are kept. */
  readonly outputBytes: number;
  /** Size of the work folder; `/tmp` and `/dev/shm` get a quarter each. */
  readonly diskBytes: number;
}

/** A host folder or file shown read-only to the program. */
export interface SandboxMount {
  readonly from: string;
  /** Absolute path inside. */
  readonly to: string;
}

/** A file put into the sandbox before the program starts. */
export interface SandboxFile {
  /** Absolute path inside. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** One program to run. */
export interface SandboxRun {
  /** Program and arguments, paths as seen inside. */
  readonly argv: readonly string[];
  readonly readOnly: readonly SandboxMount[];
  /** Folders, as seen inside, that are shown empty even where a mount would show them. */
  readonly masked: readonly string[];
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  /** What the program reads on standard input. A promise starts the program now and its clock when it resolves. */
  readonly stdin?: Uint8Array | Promise<Uint8Array>;
  /**
   * Called when the program is ready for its standard input. With it the program gets descriptor 3, on which it writes
   * {@link READY} and which it then closes; only for a program that can be trusted until it has its input.
   */
  readonly onReady?: () => void;
  readonly files: readonly SandboxFile[];
  /** The file handed out afterwards, relative to the work folder; only a plain file is. */
  readonly collect: string;
  readonly limits: SandboxLimits;
  readonly signal?: AbortSignal;
}

/** Which limit ended a run, or `signal` when the caller did. */
export type KillReason = 'wall' | 'cpu' | 'memory' | 'processes' | 'output' | 'disk' | 'signal';

/** What one run left. */
export interface SandboxResult {
  /** 128 + n when a signal n ended the program; null when a limit ended the run. */
  readonly exitCode: number | null;
  readonly killed?: KillReason;
  /** Head and tail, decoded with replacement characters; hostile text. */
  readonly stdout: string;
  /** Like `stdout`. */
  readonly stderr: string;
  /** The collected file; null when there was none, it was empty, or it was no plain file. */
  readonly collected: Uint8Array | null;
  /** From the hand-over of the program to its end. */
  readonly durationMs: number;
  /** Largest resident memory seen over all processes; sampled. */
  readonly peakMemoryBytes: number;
}

/** Runs programs nobody trusts. */
export interface Sandbox extends AsyncDisposable {
  readonly name: string;
  /** False for what runs programs with the caller's own rights. */
  readonly isolated: boolean;
  /** Whether it passes descriptor 3 on, so that programs can wait ready for their input. */
  readonly canPrepare?: boolean;
  /**
   * Runs one program to its end; when it settles, no process of it is left.
   *
   * @throws {@link SandboxError} when the sandbox itself did not start; what the program did is in the result.
   */
  run(spec: SandboxRun): Promise<SandboxResult>;
}
