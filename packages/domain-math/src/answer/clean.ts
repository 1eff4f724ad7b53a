/** Cuts a response down to where its answer can be: behind the reasoning, before the next chat turn. */

const REASONING_ENDS = [
  '</think>',
  '</thinking>',
  '</reasoning>',
  '</thought>',
  '<|end_of_thought|>',
  '◁/think▷',
];
const REASONING_STARTS = [
  '<think>',
  '<thinking>',
  '<reasoning>',
  '<thought>',
  '<|begin_of_thought|>',
  '◁think▷',
];
const TURN_ENDS = [
  '<|im_start|>',
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|end|>',
  '<|eos|>',
  '</s>',
  '<eos>',
  '<end_of_turn>',
];

/**
 * The part of a response that may hold its answer.
 *
 * @returns `undefined` when reasoning was begun and never closed: nothing has been answered yet.
 */
export function answerRegion(response: string): string | undefined {
  // One cheap search spares twenty on texts without any marks.
  if (!response.includes('<') && !response.includes('◁')) return response;
  const visible = beforeNextTurn(response);
  let end = -1;
  for (const mark of REASONING_ENDS) {
    const at = visible.lastIndexOf(mark);
    if (at >= 0) end = Math.max(end, at + mark.length);
  }
  const rest = end < 0 ? visible : visible.slice(end);
  return REASONING_STARTS.some((mark) => rest.includes(mark)) ? undefined : rest;
}

function beforeNextTurn(response: string): string {
  let text = response;
  for (const mark of TURN_ENDS) {
    // A template may put marks in front of the response; the next one ends it.
    let at = text.indexOf(mark);
    if (at >= 0 && at < 40 && text.slice(0, at).trim() === '')
      at = text.indexOf(mark, at + mark.length);
    if (at >= 0) text = text.slice(0, at);
  }
  return text;
}
