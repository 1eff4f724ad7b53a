import { describe, test } from 'vitest';
import { conformanceChecks } from './conformance/checks.ts';
import type { ConformanceOptions } from './conformance/subject.ts';
import type { Domain } from './domain.ts';

export { type ConformanceCheck, conformanceChecks } from './conformance/checks.ts';
export type { ConformanceOptions } from './conformance/subject.ts';

/** For one check, which may play a hundred episodes. */
const CHECK_TIMEOUT_MS = 120_000;

/**
 * Registers the conformance suite of a domain as Vitest tests; call it in a test file of the domain's package.
 *
 * @param options - The more is given, the more is checked: without gold and wrong responses those tests are skipped.
 */
export function testDomain<Options>(
  domain: Domain<Options>,
  options: ConformanceOptions<Options> = {},
): void {
  describe(`domain ${domain.name}`, () => {
    for (const { title, skip, run } of conformanceChecks(domain, options)) {
      if (skip === undefined) test(title, run, CHECK_TIMEOUT_MS);
      else test.skip(`${title} (${skip})`, run);
    }
  });
}
