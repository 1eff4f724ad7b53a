/**
 * The benchmark's own checker: after each request whose solution makes calls, the state must equal the solution's, at least
 * one call must have been attempted, and the solution's results must be among all results so far.
 */
import type { EpisodeRecord } from '../episode/record.ts';
import type { ToolPayload } from '../payload.ts';
import { countMatched } from './multiset.ts';
import type { Played } from './replay.ts';
import { sameStateText } from './state-text.ts';
import type { Check } from './verdict.ts';

/** More responses than this for one request fail the task. */
export const MOST_STEPS = 20;

/** The checks of an episode: steps, attempt, state and responses of each request. */
export function checkBfcl(
  payload: ToolPayload,
  model: Played,
  gold: Played,
  { requests }: EpisodeRecord,
): readonly Check[] {
  const said: string[] = [];
  return payload.requests.flatMap(({ gold: calls }, request): Check[] => {
    said.push(...(model.requests[request]?.calls ?? []).map(({ result }) => result));
    const { responses = 0, readable = 0 } = requests[request] ?? {};
    const counted = calls.length > 0;
    const reached = model.requests[request]?.state ?? model.end;
    const wanted = gold.requests[request]?.state ?? null;
    const sameState = reached === null || wanted === null || sameStateText(reached, wanted);
    const results = (gold.requests[request]?.calls ?? []).map(({ result }) => result);
    const matched = countMatched(results, said);
    return [
      {
        name: 'steps',
        request,
        passed: responses <= MOST_STEPS,
        counted: true,
        detail: `${responses} responses, at most ${MOST_STEPS}`,
      },
      {
        name: 'attempt',
        request,
        passed: readable > 0,
        counted,
        detail: `${readable} calls that could be read`,
      },
      {
        name: 'state',
        request,
        passed: sameState,
        counted: counted && wanted !== null,
        detail: `the state after the request is ${sameState ? '' : 'not '}the one asked for`,
      },
      {
        name: 'responses',
        request,
        passed: matched === results.length,
        counted,
        detail: `${matched} of ${results.length} needed results`,
      },
    ];
  });
}
