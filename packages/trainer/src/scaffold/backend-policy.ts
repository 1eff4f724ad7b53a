import type { EpisodeScope } from '../rollout/open-episode.ts';
import { sampleRequest } from '../rollout/play-episode.ts';
import type { ChatPolicy } from './chat-policy.ts';

/**
 * The policy of a training backend. Conversations are tokenised as they read now, so a later turn's prompt can differ in
 * tokens, not in text, from what a training rollout would have gathered.
 */
export function createBackendPolicy(
  scope: Pick<EpisodeScope, 'backend' | 'format' | 'options'>,
): ChatPolicy {
  const { backend, format, options } = scope;
  const greedily = { ...options, sampling: { ...options.sampling, temperature: 0 } };
  return {
    async respond({ messages, samples, seed, greedy }, signal) {
      const prompt = format.encode(messages);
      if (prompt.length >= backend.contextLength) {
        const message = `expected a prompt shorter than the context of ${backend.contextLength} tokens, it has ${prompt.length}. Shorten the task or take a policy with a longer context.`;
        return Array.from({ length: samples }, () => ({
          status: 'failed',
          kind: 'prompt-too-long',
          message,
        }));
      }
      const asked = { ...scope, options: greedy ? greedily : options };
      const completions = await backend.sample(sampleRequest(prompt, samples, seed, asked), signal);
      return completions.map(({ tokens, stop }) => ({
        status: 'answered',
        text: format.decode(tokens),
        cut: stop === 'length',
      }));
    },
  };
}
