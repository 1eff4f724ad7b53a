/** One thing a checker looked at. */
export interface Check {
  readonly name: 'state' | 'calls' | 'attempt' | 'responses' | 'steps';
  /** 0-based request it belongs to; null for the whole episode. */
  readonly request: number | null;
  readonly passed: boolean;
  /** Whether it decides; a check that does not is reported only. */
  readonly counted: boolean;
  /** What was found, in words that do not give the solution away. */
  readonly detail: string;
}

/** Sub-scores between right and wrong, always reported. */
export interface DenseScores {
  /** 0: the state the solution reaches; 1: as far from it as doing nothing, or farther. */
  readonly stateDistance: number;
  /** Share of the solution's calls that were made, in [0, 1]. */
  readonly callRecall: number;
  /** Share of the successful calls that the solution makes too, in [0, 1]. */
  readonly callPrecision: number;
  /** Successful calls the solution does not make. */
  readonly extraCalls: number;
}

/** What a checker made of an episode. */
export interface ToolVerdict {
  /** True when every check that counts passed. */
  readonly correct: boolean;
  readonly checks: readonly Check[];
  readonly scores: DenseScores;
}
