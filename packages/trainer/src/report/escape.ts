/** Text that is safe to stand in HTML as it is. */
export interface Markup {
  readonly markup: string;
}

/** What a template may hold: text is escaped, markup is not, lists are joined, null is nothing. */
export type Part = string | number | Markup | null | readonly Part[];

/**
 * HTML from a template: everything put into it is escaped unless it came from {@link html} itself, so that what a run says can
 * stand between tags and in quoted attributes.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const pieces = texts.map((text, index) => {
    const part = parts[index];
    return part === undefined ? text : text + render(part);
  });
  return { markup: pieces.join('') };
}

/** Markup from this package's own code: a style sheet, a script, a chart whose library escapes. Never a run's content. */
export function trusted(markup: string): Markup {
  return { markup };
}

/** Characters that mean something in HTML become references, control characters a replacement. */
export function escapeText(text: string): string {
  return text
    .replace(/[&<>"'`]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/[^\P{Cc}\n\t]/gu, '\u{fffd}');
}

/** JSON that can stand inside a script element: nothing in it ends the element or begins a comment. */
export function scriptJson(value: unknown): Markup {
  const text = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { markup: text };
}

function render(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(render).join('');
}
