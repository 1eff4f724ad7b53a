/** Why a response holds no program. */
export type CodeProblem = 'no-code-fence' | 'several-code-fences' | 'open-code-fence';

/** The program in a response, or why there is none. */
export type ExtractedCode =
  | { readonly code: string }
  | { readonly problem: CodeProblem; readonly message: string };

const MESSAGES: Readonly<Record<CodeProblem, string>> = {
  'no-code-fence':
    'The response has no program. Give the whole program between a line ```python and a line ```.',
  'several-code-fences':
    'The response has several code blocks, so it is not clear which one is the program. Give one block, marked ```python.',
  'open-code-fence': 'The code block is never closed. End the program with a line ```.',
};

interface Fence {
  readonly language: string;
  readonly code: string;
}

/**
 * The program of a response. One fenced block is the program; of several, the only one marked `python` (or `py`) is;
 * anything else is a problem of its own kind.
 *
 * @param options.bare - A response without any fence is the program as a whole.
 */
export function extractCode(
  response: string,
  { bare = false }: { readonly bare?: boolean } = {},
): ExtractedCode {
  const { fences, open } = findFences(response);
  if (open) return problem('open-code-fence');
  const python = fences.filter(({ language }) => /^py(?:thon)?3?$/iu.test(language));
  if (fences.length === 1) return { code: fences[0]!.code };
  if (python.length === 1) return { code: python[0]!.code };
  if (fences.length > 1) return problem('several-code-fences');
  return bare ? { code: response.trim() } : problem('no-code-fence');
}

function problem(kind: CodeProblem): ExtractedCode {
  return { problem: kind, message: MESSAGES[kind] };
}

/** Fences by the rules of Markdown: a fence is closed by one of the same sign that is at least as long. */
function findFences(text: string): { readonly fences: readonly Fence[]; readonly open: boolean } {
  const fences: Fence[] = [];
  let current: { mark: string; language: string; lines: string[] } | null = null;
  for (const line of text.split(/\r?\n/u)) {
    const mark = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*$/u.exec(line);
    if (current === null) {
      if (mark !== null) current = { mark: mark[1]!, language: mark[2]!, lines: [] };
    } else if (mark !== null && mark[2] === '' && mark[1]!.startsWith(current.mark)) {
      fences.push({ language: current.language, code: current.lines.join('\n') });
      current = null;
    } else {
      current.lines.push(line);
    }
  }
  return { fences, open: current !== null };
}
