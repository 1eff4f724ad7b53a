/** Option labels of multiple choice in and before answers: `(C)`, `\textbf{(C)}\ 12`. */

/** The letter of a gold answer that is nothing but an option: `A`, `(A)`, `\text{(A)}`. */
export function optionLetter(answer: string): string | undefined {
  if (answer.length > 40) return undefined;
  const match =
    /^[\s$]*(?:\\(?:text|mathrm|textbf|mathbf)\s*\{)?\s*\(?\s*([A-J])\s*\)?\s*\}?[\s.$]*$/.exec(
      answer,
    );
  return match?.[1];
}

/** The letter an answer begins with as a label: `(C) 12`, `\textbf{(C)}\ 12`, `C. 12`, `c`. */
export function optionLabel(answer: string): string | undefined {
  const bare = answer.slice(0, 60).replaceAll(/\\(?:text|mathrm|textbf|mathbf)\b|[\s{}$*]/g, '');
  if (/^[a-jA-J][.)]?$/.test(bare)) return bare[0]?.toUpperCase();
  // A label may be followed by what it stands for, not by further choices.
  return (
    /^\(([A-J])\)(?![,;]|and|or|&|\()/.exec(bare)?.[1] ??
    /^([A-J])[.):](?![,;(]|[A-J]\b)/.exec(bare)?.[1]
  );
}

/** An answer without the option label in front of it. */
export function withoutLabel(answer: string): string | undefined {
  const match =
    /^\s*(?:\\(?:text|textbf|mathrm|mathbf)\s*\{)?\s*\(([A-J])\)\s*\}?(?:\\[ ,;:!]|~|\s)*(?=\S)/.exec(
      answer,
    );
  const rest = match === null ? '' : answer.slice(match[0].length);
  return rest === '' || rest.startsWith('}') ? undefined : rest;
}
