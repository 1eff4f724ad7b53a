/**
 * Makes what a hostile program printed safe to print on a terminal and to quote in the next prompt: no control or escape
 * sequences, no invisible characters, no code fence that ends the quotation, no marker a chat template takes for its own.
 */

/** Longest trace shown to a policy, in characters. */
export const TRACE_CHARACTERS = 2_000;

const LINE_CHARACTERS = 400;

const ESC = String.fromCharCode(0x1b);
const BELL = String.fromCharCode(0x07);
const CONTROL_SEQUENCE = '\\[[0-?]*[ -/]*[@-~]';
const STRING_SEQUENCE = `[\\]PX^_][^${BELL}${ESC}]*(?:${BELL}|${ESC}\\\\)?`;
const ESCAPES = new RegExp(`${ESC}(?:${CONTROL_SEQUENCE}|${STRING_SEQUENCE}|[ -/]*[0-~])`, 'gu');
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;
const FENCES = /`{3,}|~{3,}/gu;

/** Words that open or close a part of a conversation in some chat template, or end a task here. */
const MARKERS = [
  ...['s', 'bos', 'eos', 'pad', 'unk', 'think', 'tool', 'tools', 'tool_call', 'tool_response'],
  ...['system', 'user', 'assistant', 'human', 'start_of_turn', 'end_of_turn', 'sys', 'answer'],
  ...['function', 'function_call', 'function_results', 'task_finished', 'task_error', 'solution'],
];
const TAG = new RegExp(`<(<?/?(?:${MARKERS.join('|')})\\b[^>\\n]{0,40}>)`, 'giu');

/** The text with everything taken out or broken up that could act on its reader. */
export function safeText(text: string): string {
  return text
    .toWellFormed()
    .replace(ESCAPES, '')
    .replace(/\r\n?/gu, '\n')
    .replace(INVISIBLE, (character) => (character === '\n' || character === '\t' ? character : ''))
    .replace(FENCES, (fence) => "'".repeat(Math.min(fence.length, 3)))
    .replace(/<([|｜])/gu, '< $1')
    .replace(/([|｜])>/gu, '$1 >')
    .replace(TAG, '< $1')
    .replace(/\[(\/?INST)\]/giu, '[ $1 ]');
}

/**
 * A short trace: the end of what the program wrote on standard error, where Python says what went wrong, and its beginning
 * when there is room.
 *
 * @param reason - Put first; what stopped the program, in our words.
 */
export function quoteTrace(stderr: string, reason: string): string {
  const lines = safeText(stderr).trim().split('\n').map(shorten);
  const text = lines.join('\n').trim();
  const room = TRACE_CHARACTERS - reason.length - 40;
  if (text === '') return reason;
  if (text.length <= room) return `${text}\n${reason}`;
  const head = wholeCharacters(text.slice(0, Math.floor(room / 4)));
  const tail = wholeCharacters(text.slice(-Math.floor((room * 3) / 4)));
  return `${head}\n[cut]\n${tail}\n${reason}`;
}

function shorten(line: string): string {
  if (line.length <= LINE_CHARACTERS) return line;
  return `${wholeCharacters(line.slice(0, LINE_CHARACTERS))} [cut]`;
}

/** Without the halves of characters that a cut left. */
function wholeCharacters(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
}
