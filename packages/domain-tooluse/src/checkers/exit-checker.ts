/**
 * The checker of the ExIt paper, after Zhuang et al.: the final state must equal the solution's, and for each request the
 * solution's calls must be among the successful ones made for it. Differs in two points that make tasks impossible there:
 * arguments the solution gives by position go by their names, and a request whose solution makes no call needs none. `strict`
 * brings both back.
 */
import type { ToolPayload } from '../payload.ts';
import { callKey, isSuccessful, literalKey } from './calls.ts';
import { countMatched } from './multiset.ts';
import type { Played } from './replay.ts';
import { sameStateText } from './state-text.ts';
import type { Check } from './verdict.ts';

/** The checks of an episode: one on the final state, one on the calls of each request. */
export function checkExit(
  payload: ToolPayload,
  model: Played,
  gold: Played,
  strict: boolean,
): readonly Check[] {
  return [checkFinalState(model, gold), ...payload.requests.map((_, index) => checkCalls(index))];

  function checkCalls(request: number): Check {
    const wanted = payload.requests[request]!.gold.map(strict ? literalKey : callKey);
    const made = (model.requests[request]?.calls ?? []).filter(isSuccessful).map(callKey);
    const matched = countMatched(wanted, made);
    return {
      name: 'calls',
      request,
      passed: matched === wanted.length && !(strict && wanted.length === 0),
      counted: true,
      detail: `${matched} of ${wanted.length} needed calls among ${made.length} successful ones`,
    };
  }
}

function checkFinalState(model: Played, gold: Played): Check {
  const { end: reached } = model;
  const { end: wanted } = gold;
  const check = { name: 'state', request: null } as const;
  if (reached === null || wanted === null) {
    const detail = 'the state cannot be read: calls alone decide';
    return { ...check, passed: true, counted: false, detail };
  }
  const passed = sameStateText(reached, wanted);
  const detail = `the final state is ${passed ? '' : 'not '}the one asked for`;
  return { ...check, passed, counted: true, detail };
}
