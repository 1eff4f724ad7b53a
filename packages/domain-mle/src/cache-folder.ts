import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the package keeps what it makes when no folder is named: `$XDG_CACHE_HOME/taskspace`, or its place in the home folder. */
export function defaultCacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'taskspace');
}
