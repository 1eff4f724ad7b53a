import { createHash } from 'node:crypto';
import type { Split } from '@taskspace/core';

/**
 * Which split a content belongs to: 10 % test, 10 % validation, the rest train, decided by a hash of the content alone, so
 * that no seed, order or level can move a problem from one split to another.
 *
 * @param content - The problem without wording that does not matter.
 */
export function splitOf(content: string): Split {
  const share = createHash('sha256').update(content).digest().readUInt32BE(0) / 2 ** 32;
  if (share < 0.1) return 'test';
  return share < 0.2 ? 'validation' : 'train';
}

/** A short name for a content, 12 hexadecimal digits, the same on every machine. */
export function digest(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
