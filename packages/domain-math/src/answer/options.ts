/** How an answer is judged. Every field has a default, so `{}` is a complete set of options. */
export interface VerifyOptions {
  /** Gold and response are answers without surrounding text. Default `false`. */
  readonly answerOnly?: boolean;
  /**
   * What is looked for in the response: `latex` only delimited or boxed mathematics, `expr` only plain expressions,
   * `string` one of {@link strings}. Default `any`.
   */
  readonly targets?: 'any' | 'latex' | 'expr' | 'string';
  /** Allowed answers when `targets` is `string`. Default A to D. */
  readonly strings?: readonly string[];
  /** Decimal places two numbers must share when one of them is written as a decimal. Default 6. */
  readonly precision?: number;
  /** Largest difference that counts as equal, when the task states one. Default none. */
  readonly tolerance?: { readonly absolute?: number; readonly relative?: number };
  /** Names of variables matter. Default `true`. */
  readonly strict?: boolean;
  /** A gold set or interval may be answered by an inequality, which could be the one asked about. Default `false`. */
  readonly allowSetRelation?: boolean;
  /** `either`: `25%` equals both 0.25 and 25, since questions often supply the sign. `value`: 0.25 alone. Default `either`. */
  readonly percent?: 'either' | 'value';
  /** Whether the order of a list without brackets matters. Default `unordered`. */
  readonly lists?: 'unordered' | 'ordered';
  /** `lenient`: a tuple equals the list of its parts and the column of the same numbers. Default `lenient`. */
  readonly tuples?: 'lenient' | 'strict';
  /**
   * `convert`: two known units must agree after conversion, a missing or unknown one is overlooked. `ignore`: units are
   * dropped. `required`: a unit in the gold answer must be stated. Default `convert`.
   */
  readonly units?: 'convert' | 'ignore' | 'required';
  /** An answer without box, `####` line or answer phrase is no answer. Default `false`. */
  readonly requireAnchor?: boolean;
  /** Language of the response, such as `french`; decides decimal commas. Default: as written in English. */
  readonly lang?: string;
  /** Steps the verdict may take before it is "undecided". Default 20,000. */
  readonly maxSteps?: number;
}

/** A judgement that says how it came about. */
export interface AnswerVerdict {
  readonly correct: boolean;
  /** One sentence for people. */
  readonly reason: string;
  /** Stable name of the rule that decided. */
  readonly rule: string;
  /** The texts taken for the answers, before any reading. */
  readonly extracted: { readonly gold: readonly string[]; readonly response: readonly string[] };
  /** How the gold answer was understood. */
  readonly goldReading: string;
  /** How the response's answer was understood. */
  readonly responseReading: string;
  /** Work done, in units that do not depend on the machine. */
  readonly steps: number;
}
