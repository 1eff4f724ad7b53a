import type { ResourceLimits } from 'node:worker_threads';

/**
 * Limits of the threads that run sessions. V8 lets each thread's space for young objects grow to 64 MB or more as a run goes
 * on; what these threads make dies at once, and less room holds it as well.
 */
export const WORKER_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 24 };
