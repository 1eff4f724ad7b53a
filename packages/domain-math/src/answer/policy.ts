/** The choices a comparison makes where graders differ, with every default filled in. */
import type { VerifyOptions } from './options.ts';

/** {@link VerifyOptions} with nothing left open. */
export interface Policy {
  readonly precision: number;
  /** The task itself states the precision, so that it also holds for small numbers. */
  readonly precisionStated: boolean;
  readonly strict: boolean;
  readonly allowSetRelation: boolean;
  readonly percent: 'either' | 'value';
  readonly lists: 'unordered' | 'ordered';
  readonly tuples: 'lenient' | 'strict';
  readonly units: 'convert' | 'ignore' | 'required';
  readonly absoluteTolerance: number;
  readonly relativeTolerance: number;
}

/** The policy that options state. */
export function policyOf(options: VerifyOptions): Policy {
  return {
    precision: options.precision ?? 6,
    precisionStated: options.precision !== undefined,
    strict: options.strict ?? true,
    allowSetRelation: options.allowSetRelation ?? false,
    percent: options.percent ?? 'either',
    lists: options.lists ?? 'unordered',
    tuples: options.tuples ?? 'lenient',
    units: options.units ?? 'convert',
    absoluteTolerance: options.tolerance?.absolute ?? 0,
    relativeTolerance: options.tolerance?.relative ?? 0,
  };
}
