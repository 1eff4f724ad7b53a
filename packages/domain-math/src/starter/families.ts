import type { Family } from './family.ts';
import { POCKET_FAMILIES } from './pocket.ts';

/** Every generated family, the pocket ones first. */
export const FAMILIES: readonly Family[] = [...POCKET_FAMILIES];
