/** What a domain's code gave is looked at before anything is built on it: plugins are not type-checked when they run. */
import {
  type Episode,
  type Message,
  showValue,
  type Task,
  type TurnOutcome,
  type Verdict,
} from '@taskspace/core';
import { rolloutError } from './domain-call.ts';

const ROLES: readonly unknown[] = ['system', 'user', 'assistant', 'tool'];

/** @throws {@link RolloutError} unless the episode opens with at least one chat message. */
export function checkOpening(task: Task, episode: Episode): readonly Message[] {
  const opening: unknown = episode?.opening;
  if (!isMessages(opening) || opening.length === 0) {
    throw outcomeError(task, 'environment.open', 'an opening of at least one message', opening);
  }
  return opening;
}

/** @throws {@link RolloutError} unless the outcome is what the contract says. */
export function checkOutcome(task: Task, outcome: TurnOutcome): TurnOutcome {
  const { messages, done, reward, feedback } = (outcome ?? {}) as Partial<
    Record<keyof TurnOutcome, unknown>
  >;
  if (!isMessages(messages)) {
    throw outcomeError(
      task,
      'episode.respond',
      'messages to be a list of { role, content }',
      messages,
    );
  }
  if (typeof done !== 'boolean') {
    throw outcomeError(task, 'episode.respond', 'done to be true or false', done);
  }
  if (reward !== undefined && !Number.isFinite(reward)) {
    throw outcomeError(task, 'episode.respond', 'reward to be a finite number', reward);
  }
  if (feedback !== undefined && typeof feedback !== 'string') {
    throw outcomeError(task, 'episode.respond', 'feedback to be text', feedback);
  }
  return outcome;
}

/** @throws {@link RolloutError} unless quality is in [0, 1] and correct is a boolean. */
export function checkVerdict(task: Task, verdict: Verdict): Verdict {
  const { quality, correct } = (verdict ?? {}) as Partial<Record<keyof Verdict, unknown>>;
  const sound = typeof quality === 'number' && quality >= 0 && quality <= 1;
  if (!sound || typeof correct !== 'boolean') {
    throw rolloutError(
      task,
      'invalid-verdict',
      'TASKSPACE_ERR_DOMAIN_VERDICT',
      `expected verifier.verify to give a quality in [0, 1] and correct as true or false, got quality ${showValue(quality)} and ` +
        `correct ${showValue(correct)}. Rescale the quality in the verifier.`,
    );
  }
  return verdict;
}

function outcomeError(task: Task, call: string, expected: string, got: unknown): Error {
  return rolloutError(
    task,
    'environment',
    'TASKSPACE_ERR_DOMAIN_OUTCOME',
    `expected ${call} to give ${expected}, got ${showValue(got)}. Run the conformance suite of @taskspace/core/testing on the domain.`,
  );
}

function isMessages(value: unknown): value is readonly Message[] {
  return (
    Array.isArray(value) &&
    value.every((message) => ROLES.includes(message?.role) && typeof message.content === 'string')
  );
}
