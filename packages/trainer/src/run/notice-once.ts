import type { RunListener } from './listener.ts';

/** Keeps what is remembered, and what a person has to read, bounded. */
const MOST_NOTICES = 50;

/** Passes each text on once: a domain that cannot tidy up says so after every episode. */
export function noticeOnce(listener: RunListener): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (told.has(message) || told.size >= MOST_NOTICES) return;
    told.add(message);
    listener.onNotice?.(message);
  };
}
