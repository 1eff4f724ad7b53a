import { extractCode } from './extract-code.ts';

/** What can be asked about a competition. */
export type InfoType = 'overview' | 'sample_submission' | 'data_structure' | 'all';

/** What a policy does in one turn of the interactive form. */
export type Action =
  | { readonly name: 'request_info'; readonly info: InfoType }
  | { readonly name: 'validate_code' | 'execute_code'; readonly code: string }
  | { readonly name: 'get_history' | 'reset' | 'finish' };

/** All action names. */
export const ACTIONS = [
  'request_info',
  'validate_code',
  'execute_code',
  'get_history',
  'reset',
  'finish',
] as const;

const INFO_TYPES: readonly InfoType[] = ['overview', 'sample_submission', 'data_structure', 'all'];

/** An action, or what is wrong with a response that holds none. */
export type ParsedAction =
  | { readonly action: Action }
  | { readonly problem: string; readonly message: string };

/**
 * Reads the action of a response: one line `ACTION: name`, for request_info followed by what is asked; the actions that run
 * a program take it from the response's code fence.
 */
export function parseAction(response: string): ParsedAction {
  // Text inside a program is no action.
  const outside = response.replace(
    /^ {0,3}(`{3,}|~{3,})[\s\S]*?(?:^ {0,3}\1[`~]*[ \t]*$|$(?![\s\S]))/gmu,
    '',
  );
  const lines = [...outside.matchAll(/^\s*ACTION:[ \t]*(\w*)[ \t]*(\w*)[ \t]*$/gmu)];
  if (lines.length !== 1) {
    return {
      problem: lines.length === 0 ? 'no-action' : 'several-actions',
      message: `Expected one line "ACTION: name", got ${lines.length}. Actions: ${ACTIONS.join(', ')}.`,
    };
  }
  const [, name = '', argument = ''] = lines[0]!;
  switch (name) {
    case 'request_info': {
      const info = argument === '' ? 'all' : INFO_TYPES.find((type) => type === argument);
      if (info !== undefined) return { action: { name, info } };
      return {
        problem: 'unknown-info',
        message: `request_info: expected one of ${INFO_TYPES.join(', ')}, got ${argument}.`,
      };
    }
    case 'validate_code':
    case 'execute_code': {
      const extracted = extractCode(response);
      if ('code' in extracted) return { action: { name, code: extracted.code } };
      return extracted;
    }
    case 'get_history':
    case 'reset':
    case 'finish':
      return { action: { name } };
    default:
      return {
        problem: 'unknown-action',
        message: `Expected an action, got "${name}". Actions: ${ACTIONS.join(', ')}.`,
      };
  }
}
