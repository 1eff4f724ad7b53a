import type { DomainParts } from '../domain.ts';
import type { EpisodeContext } from '../environment.ts';
import type { Group, Rollout } from '../group.ts';
import { conversation, type History, type Turn } from '../history.ts';
import type { Instance } from '../instance.ts';
import { rewriteRequest } from '../iteration/prompts.ts';
import type { Message } from '../message.ts';
import type { RandomStream } from '../random.ts';
import { restoreEpisode } from '../restore.ts';

/** A policy as a function of what it reads. */
export type Answer = (messages: readonly Message[], random: RandomStream) => string;

/** What a group is played with. */
export interface PlayScope {
  readonly parts: DomainParts;
  readonly context: EpisodeContext;
  readonly maxTurns: number;
  readonly groupSize: number;
  readonly answer: Answer;
  readonly random: RandomStream;
}

/** Plays a group of an instance as the trainer does, with a function in place of a policy: restore, rewrite, play on, judge. */
export async function playGroup(
  name: string,
  instance: Instance,
  scope: PlayScope,
): Promise<Group> {
  const rollouts: Rollout[] = [];
  for (let index = 0; index < scope.groupSize; index++) {
    const id = `${name}/${index}`;
    rollouts.push(await playRollout(id, instance, scope));
  }
  return { instance, rollouts, failures: [] };
}

async function playRollout(id: string, instance: Instance, scope: PlayScope): Promise<Rollout> {
  const random = scope.random.fork(id);
  const { task, mode, start, depth } = instance;
  const { environment, verifier, iteration } = scope.parts;
  const seed = start?.seed ?? random.uint32();
  const context = { ...scope.context, seed };
  const first = start ?? { seed, turns: [] };
  const {
    episode,
    turns: before,
    request,
  } = await restoreEpisode(environment, task, first, context);
  const turns: Turn[] = [...before];
  const last = start?.turns.at(-1);
  let asked: readonly Message[] =
    last && (mode === 'improve' || mode === 'diverge')
      ? rewriteRequest(task, last, mode, iteration)
      : request;
  let said = request;
  let closing: readonly Message[] = [];
  let done = false;
  for (let iterate = depth; !done && turns.length < scope.maxTurns; iterate = 0) {
    const response = scope.answer(conversation(turns, asked), random);
    const outcome = await episode.respond(response);
    turns.push({
      request: said,
      response,
      iterate,
      ...(outcome.feedback !== undefined && { feedback: outcome.feedback }),
    });
    closing = outcome.messages;
    asked = closing;
    said = closing;
    done = outcome.done;
  }
  const result = await episode.result?.();
  await episode[Symbol.asyncDispose]();
  const history: History = {
    task,
    seed,
    turns,
    ending: done ? 'done' : 'turn-limit',
    closing,
    ...(result !== undefined && { result }),
  };
  const verdict = await verifier.verify(history, context);
  return { id, history, verdict, sequences: [], truncated: !done, policyVersion: 0 };
}
