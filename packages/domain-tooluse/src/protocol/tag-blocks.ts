import { callsOf, unreadable } from './call-object.ts';
import { readJson, skipSpace } from './json-tree.ts';
import type { Attempt, Ending, ParsedResponse } from './protocol.ts';
import { createMarkFinder } from './visible-marks.ts';

/** Marks of a protocol that puts calls between two tags. */
export interface TagMarks {
  readonly open: string;
  readonly close: string;
  /** Marks that end the request or the episode. */
  readonly endings: Readonly<Record<string, Ending['kind']>>;
}

/**
 * Calls between tags, and the first ending. A closing tag inside a JSON string closes nothing.
 *
 * Linear: text is scanned once as JSON; where that failed, later blocks up to the failure are cut by their closing tag.
 */
export function parseTagBlocks(text: string, { open, close, endings }: TagMarks): ParsedResponse {
  const next = createMarkFinder(text, [open, ...Object.keys(endings)]);
  let attempts: Attempt[] = [];
  let ending: Ending | null = null;
  let scannedTo = 0;
  let at = 0;
  for (;;) {
    const mark = next(at);
    if (mark === null) return { attempts, ending };
    at = mark.end;
    if (mark.kind === 'reasoning-end') {
      attempts = [];
      ending = null;
      continue;
    }
    const { start } = mark;
    if (mark.text !== open) {
      ending ??= { kind: endings[mark.text]!, span: { start, end: at } };
      continue;
    }
    if (at >= scannedTo) {
      const node = readJson(text, at);
      if ('problem' in node) {
        scannedTo = node.at;
      } else {
        const after = skipSpace(text, node.end);
        if (text.startsWith(close, after)) {
          attempts.push(...callsOf(text, node));
          at = after + close.length;
          continue;
        }
        scannedTo = after;
      }
    }
    const end = text.indexOf(close, at);
    if (end === -1) {
      attempts.push(unreadable(text, 'unclosed', `${close} is missing`, start, text.length));
      return { attempts, ending };
    }
    attempts.push(...readBlock(text, start, at, end, close));
    at = end + close.length;
  }
}

function readBlock(
  text: string,
  start: number,
  from: number,
  end: number,
  close: string,
): readonly Attempt[] {
  const node = readJson(text, from, end);
  const whole = end + close.length;
  if ('problem' in node) return [unreadable(text, 'malformed', node.problem, start, whole)];
  const after = skipSpace(text, node.end, end);
  if (after === end) return callsOf(text, node);
  return [unreadable(text, 'malformed', 'something follows the JSON of the call', start, whole)];
}
