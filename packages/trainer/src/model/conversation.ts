/**
 * Conversations as token ids. What a policy sampled is never tokenised again: the prompt of a later turn is what it saw and
 * sampled, followed by the ids of the text that the template puts after it.
 */
import type { Message } from '@taskspace/core';
import type { ChatTemplate } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A tokenizer and its chat template, joined. */
export interface ConversationFormat {
  /** Ids that end a response. */
  readonly stopTokens: readonly number[];
  /** What a policy reads before its response to `messages`: {@link renderPrompt}. */
  encode(messages: readonly Message[]): Int32Array;
  /** The prompt of a later turn as a continuation of `seen`, or null: {@link extendPrompt}. */
  extend(seen: Int32Array, messages: readonly Message[]): Int32Array | null;
  /** Text of a completion, special tokens left out. */
  decode(tokens: ArrayLike<number>): string;
  /** A worked answer to learn from: {@link renderExample}. */
  example(messages: readonly Message[], response: string): Example;
}

/** A prompt and the completion that a policy should give. */
export interface Example {
  readonly prompt: Int32Array;
  /** Ends with a stop token. */
  readonly completion: Int32Array;
}

/** Joins a tokenizer and its chat template. */
export function createConversationFormat(
  tokenizer: Tokenizer,
  template: ChatTemplate,
): ConversationFormat {
  return {
    stopTokens: tokenizer.eosIds,
    encode: (messages) => renderPrompt(tokenizer, template, messages),
    extend: (seen, messages) => extendPrompt(tokenizer, template, seen, messages),
    decode: (tokens) => tokenizer.decode(tokens, { skipSpecial: true }),
    example: (messages, response) => renderExample(tokenizer, template, messages, response),
  };
}

/**
 * Token ids of a conversation that ends where the policy's next response begins.
 *
 * @throws {@link CheckpointError} when the template refuses the conversation.
 */
export function renderPrompt(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly Message[],
): Int32Array {
  return Int32Array.from(
    tokenizer.encode(template.render(messages, { addGenerationPrompt: true })),
  );
}

/**
 * Token ids of a conversation as a continuation of those of an earlier prompt and its completion.
 *
 * The rendered conversation must begin with what the earlier ids spell; the ids of the rest are added to them. So when the
 * completion ended with the token that the template puts after a response, the rest begins behind it; when it was cut by
 * length, the rest brings that token.
 *
 * @param seen - Prompt and completion of the turn before.
 * @param messages - The whole conversation; the last response in it is what `seen` ends with.
 * @returns The whole prompt, or null when the template writes the earlier turns differently now that more follow (it drops
 * earlier thoughts, trims responses, ended a response otherwise): the conversation then needs a fresh sequence.
 */
export function extendPrompt(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  seen: Int32Array,
  messages: readonly Message[],
): Int32Array | null {
  const spelt = tokenizer.decode(seen);
  const rendered = template.render(messages, { addGenerationPrompt: true });
  const rest = remainder(rendered, spelt) ?? remainder(normalise(tokenizer, rendered), spelt);
  if (rest === null) return null;
  const added = tokenizer.encode(rest);
  const prompt = new Int32Array(seen.length + added.length);
  prompt.set(seen);
  prompt.set(added, seen.length);
  return prompt;
}

/**
 * A worked answer as a prompt and a completion, cut where sampling would begin and end.
 *
 * @throws {@link CheckpointError} when the template refuses the conversation.
 */
export function renderExample(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly Message[],
  response: string,
): Example {
  const prompt = template.render(messages, { addGenerationPrompt: true });
  const answered: readonly Message[] = [...messages, { role: 'assistant', content: response }];
  const whole = template.render(answered, { addGenerationPrompt: false });
  const { eosIds } = tokenizer;
  // A template that writes a past response differently from one being given (trimmed, its thoughts dropped) is no guide to
  // where the response ends, so the response is then taken as it is.
  const completion = tokenizer.encode(remainder(whole, prompt + response) ?? '');
  const end = completion.findIndex((id) => eosIds.includes(id));
  const ending = end < 0 ? eosIds.slice(0, 1) : completion.slice(0, end + 1);
  return {
    prompt: Int32Array.from(tokenizer.encode(prompt)),
    completion: Int32Array.from([...tokenizer.encode(response), ...ending]),
  };
}

/** What follows a beginning, or null when the text does not begin so. */
function remainder(text: string, beginning: string): string | null {
  return text.startsWith(beginning) ? text.slice(beginning.length) : null;
}

/** A text as it comes back from ids: some tokenizers compose accents or drop a leading space. */
function normalise(tokenizer: Tokenizer, text: string): string {
  return tokenizer.decode(tokenizer.encode(text));
}
