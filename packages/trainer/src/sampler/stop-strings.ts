/**
 * Stop strings, looked for in the bytes of a completion as its tokens arrive (Knuth, Morris and Pratt), so that a string is
 * found whichever tokens it is spread over and nothing is decoded twice.
 */

/** A stop string made ready to be looked for. */
export interface StopPattern {
  /** UTF-8. */
  readonly bytes: Uint8Array;
  /** For each length matched so far, the longest shorter one to fall back to. */
  readonly fallbacks: Int32Array;
}

/** Makes a stop string ready to be looked for; it must not be empty. */
export function compileStopString(text: string): StopPattern {
  const bytes = new TextEncoder().encode(text);
  const fallbacks = new Int32Array(bytes.length + 1);
  let matched = 0;
  for (let length = 1; length < bytes.length; length++) {
    while (matched > 0 && bytes[matched] !== bytes[length]) matched = fallbacks[matched]!;
    if (bytes[matched] === bytes[length]) matched += 1;
    fallbacks[length + 1] = matched;
  }
  return { bytes, fallbacks };
}

/** Watches one completion for stop strings. */
export class StopMatcher {
  readonly #patterns: readonly StopPattern[];
  readonly #matched: Int32Array;

  constructor(patterns: readonly StopPattern[]) {
    this.#patterns = patterns;
    this.#matched = new Int32Array(patterns.length);
  }

  /**
   * Takes the bytes of the next token.
   *
   * @returns Whether a stop string was completed, at the token's end or within it.
   */
  push(bytes: Uint8Array): boolean {
    for (let index = 0; index < this.#patterns.length; index++) {
      const pattern = this.#patterns[index]!;
      let matched = this.#matched[index]!;
      for (const byte of bytes) {
        while (matched > 0 && pattern.bytes[matched] !== byte)
          matched = pattern.fallbacks[matched]!;
        if (pattern.bytes[matched] === byte) matched += 1;
        if (matched === pattern.bytes.length) return true;
      }
      this.#matched[index] = matched;
    }
    return false;
  }
}
