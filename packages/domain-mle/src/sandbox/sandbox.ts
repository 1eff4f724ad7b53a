import { createToken, type Token } from '@taskspace/core';
import type { Sandbox } from './contract.ts';

export type {
  KillReason,
  Sandbox,
  SandboxFile,
  SandboxLimits,
  SandboxMount,
  SandboxResult,
  SandboxRun,
} from './contract.ts';
export { SandboxError, type SandboxErrorCode } from './error.ts';

/** What runs solutions. */
export const SANDBOX: Token<Sandbox> = createToken('SANDBOX');
export {
  type FindSandboxOptions,
  findSandbox,
  type SandboxFinding,
  sandboxReport,
} from './find.ts';
