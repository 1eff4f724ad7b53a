import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { COMMAND, NODE_FLAGS } from './tiny-run.ts';

/** When a process is killed: so many milliseconds after it has told of so many events. */
export interface KillPoint {
  readonly events: number;
  readonly delayMs: number;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly events: readonly { readonly event: string }[];
  readonly stderr: string;
}

/**
 * Runs the `taskspace` command in a process of its own, and kills it without warning where asked.
 *
 * @param args - Of the command; `--json` is added.
 */
export async function runCommand(args: readonly string[], kill?: KillPoint): Promise<Ending> {
  const child = spawn(process.execPath, [...NODE_FLAGS, COMMAND, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const events: { event: string }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line));
    if (events.length === kill?.events) setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, events, stderr };
}
