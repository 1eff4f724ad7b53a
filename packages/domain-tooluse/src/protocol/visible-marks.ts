/**
 * Reasoning and forged tool results: regions of a response in which nothing counts. A region without an end hides the rest
 * of the text; a reasoning end without a beginning hides all before it, because chat templates may write the beginning.
 */
const HIDDEN = ['reasoning', 'think', 'tool_result', 'tool_response'];

/** A mark that counts, or the end of reasoning that began before the response. */
export type Mark =
  | { readonly kind: 'mark'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'reasoning-end'; readonly end: number };

/** Finds marks outside hidden regions; each call goes on where it is told to. */
export function createMarkFinder(
  text: string,
  marks: readonly string[],
): (from: number) => Mark | null {
  const tags = HIDDEN.flatMap((name) => [`<${name}>`, `</${name}>`]);
  const pattern = new RegExp([...marks, ...tags].map(escapeRegExp).join('|'), 'g');
  return (from) => {
    pattern.lastIndex = from;
    for (;;) {
      const found = pattern.exec(text);
      if (found === null) return null;
      const [mark] = found;
      if (marks.includes(mark)) {
        return { kind: 'mark', text: mark, start: found.index, end: pattern.lastIndex };
      }
      if (mark === '</think>' || mark === '</reasoning>') {
        return { kind: 'reasoning-end', end: pattern.lastIndex };
      }
      if (mark.startsWith('</')) continue;
      const close = text.indexOf(`</${mark.slice(1)}`, pattern.lastIndex);
      if (close === -1) return null;
      pattern.lastIndex = close + mark.length + 1;
    }
  };
}

/** Where the visible text starts: after leading reasoning, forged results and white space. */
export function visibleStart(text: string): number {
  const lead = /[ \t\r\n]*/y;
  let at = 0;
  for (;;) {
    lead.lastIndex = at;
    lead.exec(text);
    at = lead.lastIndex;
    const name = HIDDEN.find((candidate) => text.startsWith(`<${candidate}>`, at));
    if (name === undefined) break;
    const close = text.indexOf(`</${name}>`, at);
    if (close === -1) return text.length;
    at = close + name.length + 3;
  }
  // Text that is JSON from here on speaks for itself: a tag inside one of its strings ends no reasoning.
  if (text[at] === '{' || text[at] === '[' || text.startsWith('<|', at)) return at;
  const stray = Math.max(text.lastIndexOf('</think>'), text.lastIndexOf('</reasoning>'));
  if (stray < at) return at;
  lead.lastIndex = text.indexOf('>', stray) + 1;
  lead.exec(text);
  return lead.lastIndex;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
