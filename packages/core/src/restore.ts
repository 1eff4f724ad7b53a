import { assertOpening, assertTurnOutcome } from './assert-contract.ts';
import type { Environment, Episode, EpisodeContext } from './environment.ts';
import { ReplayError } from './errors.ts';
import type { PartialHistory, Turn } from './history.ts';
import type { Message } from './message.ts';
import type { Task } from './task.ts';

/** An episode brought back to where it waits for the response to a prefix's last turn. */
export interface RestoredEpisode {
  /** Owned by the caller, who disposes it. */
  readonly episode: Episode;
  /** The turns before the prefix's last one, as recorded. */
  readonly turns: readonly Turn[];
  /** The last turn's request, which the next response answers. */
  readonly request: readonly Message[];
}

/**
 * Replays all but the last response of a prefix into a fresh episode, so that its last turn can be played anew. An environment
 * is deterministic given (task, seed, responses): what it says must equal what was recorded.
 *
 * @param prefix - Its seed is used in place of the context's.
 * @throws {@link ReplayError} when a message differs or the episode ends early; the fresh episode is disposed first.
 */
export async function restoreEpisode(
  environment: Environment,
  task: Task,
  prefix: Pick<PartialHistory, 'seed' | 'turns'>,
  context: EpisodeContext,
): Promise<RestoredEpisode> {
  const episode = await environment.open(task, { ...context, seed: prefix.seed });
  try {
    assertOpening(episode.opening, { domain: task.domain, taskId: task.id });
    await replay(episode, task, prefix.turns, context.signal);
  } catch (error) {
    await episode[Symbol.asyncDispose]();
    throw error;
  }
  const request = prefix.turns.at(-1)?.request ?? episode.opening;
  return { episode, turns: prefix.turns.slice(0, -1), request };
}

async function replay(
  episode: Episode,
  task: Task,
  turns: readonly Turn[],
  signal: AbortSignal,
): Promise<void> {
  let said: readonly Message[] = episode.opening;
  for (const [index, turn] of turns.entries()) {
    compare(task, index + 1, turn.request, said);
    if (index === turns.length - 1) return;
    signal.throwIfAborted();
    const outcome = await episode.respond(turn.response);
    assertTurnOutcome(outcome, { domain: task.domain, taskId: task.id });
    if (outcome.done) {
      const recorded = render(turns[index + 1]?.request ?? []);
      const replayed = `the end of the episode after turn ${index + 1}`;
      throw new ReplayError({
        domain: task.domain,
        taskId: task.id,
        turn: index + 2,
        recorded,
        replayed,
      });
    }
    said = outcome.messages;
  }
}

function compare(
  task: Task,
  turn: number,
  recorded: readonly Message[],
  replayed: readonly Message[],
): void {
  const same =
    recorded.length === replayed.length &&
    recorded.every(
      ({ role, content }, index) =>
        role === replayed[index]?.role && content === replayed[index]?.content,
    );
  if (same) return;
  throw new ReplayError({
    domain: task.domain,
    taskId: task.id,
    turn,
    recorded: render(recorded),
    replayed: render(replayed),
  });
}

function render(messages: readonly Message[]): string {
  return messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
}
