/** How an answer is judged. Every field has a default, so `{}` is a complete set of options. */
export interface VerifyOptions {
  /** Gold and response are answers without surrounding text. Default `false`. */
  readonly answerOnly?: boolean;
  /** What is looked for in the response. Default `any`: LaTeX, plain expressions and text. */
  readonly targets?: 'any' | 'latex' | 'expr' | 'string';
  /** Allowed answers when `targets` is `string`. Default A to D. */
  readonly strings?: readonly string[];
  /** Decimal places two numbers must share when either side is written as a decimal. Default 6. */
  readonly precision?: number;
  /** Names of variables matter. Default `true`. */
  readonly strict?: boolean;
  /** A gold set or interval may be answered by an inequality. Default `false`. */
  readonly allowSetRelation?: boolean;
  /** Language of the response, for answer anchors. Default: every known language. */
  readonly lang?: string;
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
