import { createHash } from 'node:crypto';
import type { Split } from '@taskspace/core';

/** Which split a content belongs to: 10 % test, 10 % validation, the rest train, whatever the seed and the level. */
export function splitOf(content: string): Split {
  const share = createHash('sha256').update(content).digest().readUInt32BE(0) / 2 ** 32;
  if (share < 0.1) return 'test';
  return share < 0.2 ? 'validation' : 'train';
}

/** A short name for a content, 12 hexadecimal digits. */
export function digest(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
