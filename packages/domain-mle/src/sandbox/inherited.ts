/** Descriptors that this process got from its parent and would hand on to every child. */
import { readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Open descriptors from `first` on that a child would inherit: Node marks its own to be closed, not those it was started
 * with, and whatever they lead to would be open to the program.
 */
export function inheritedDescriptors(first: number): readonly number[] {
  let names: string[];
  try {
    names = readdirSync('/proc/self/fdinfo');
  } catch {
    return []; // no /proc: not Linux
  }
  return names.map(Number).filter((descriptor) => {
    if (descriptor < first) return false;
    try {
      const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
      const flags = Number.parseInt(/^flags:\s*(\d+)/mu.exec(info)?.[1] ?? '0', 8);
      return (flags & CLOSE_ON_EXEC) === 0;
    } catch {
      return false; // the descriptor of the listing itself
    }
  });
}

/** A command that closes descriptors before it becomes what follows it; needs bash, whose numbers may have several digits. */
export function closing(descriptors: readonly number[]): string[] {
  if (descriptors.length === 0) return [];
  const closes = descriptors.map((descriptor) => `${descriptor}>&-`).join(' ');
  return ['bash', '--norc', '-c', `exec ${closes}; exec "$@"`, 'bash'];
}
