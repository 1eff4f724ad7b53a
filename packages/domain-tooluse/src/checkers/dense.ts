import type { ToolPayload } from '../payload.ts';
import { callKey, isSuccessful } from './calls.ts';
import { countMatched } from './multiset.ts';
import type { Played } from './replay.ts';
import { countDifferent, stateLeaves } from './state-text.ts';
import type { DenseScores } from './verdict.ts';

/** How near an episode came, whatever the checker says. */
export function denseScores(payload: ToolPayload, model: Played, gold: Played): DenseScores {
  let matched = 0;
  let successful = 0;
  for (const [index, { gold: wanted }] of payload.requests.entries()) {
    const made = (model.requests[index]?.calls ?? []).filter(isSuccessful);
    matched += countMatched(wanted.map(callKey), made.map(callKey));
    successful += made.length;
  }
  const wanted = payload.requests.reduce((sum, request) => sum + request.gold.length, 0);
  return {
    stateDistance: stateDistance(model, gold),
    callRecall: wanted === 0 ? 1 : matched / wanted,
    callPrecision: successful === 0 ? 1 : matched / successful,
    extraCalls: successful - matched,
  };
}

function stateDistance(model: Played, gold: Played): number {
  if (model.end === null || gold.end === null || gold.start === null) return 0;
  if (model.end === gold.end) return 0;
  const wanted = stateLeaves(gold.end);
  const toDo = countDifferent(stateLeaves(gold.start), wanted);
  return Math.min(1, countDifferent(stateLeaves(model.end), wanted) / Math.max(1, toDo));
}
