import { scopeOf } from '../rollout/domain-episode.ts';
import type { EpisodeOptions, EpisodeScope } from '../rollout/open-episode.ts';
import { sampleRequest } from '../rollout/play-episode.ts';
import type { ChatPolicy } from './chat-policy.ts';

/**
 * The policy of a training backend. Conversations are tokenised as they read now, so a later turn's prompt can differ in
 * tokens, not in text, from what a training rollout would have gathered.
 */
export function createBackendPolicy(
  scope: Pick<EpisodeScope, 'backend' | 'format' | 'options' | 'ownOptions'>,
): ChatPolicy {
  const { backend, format } = scope;
  return {
    async respond({ domain, messages, samples, seed, greedy }, signal) {
      const prompt = format.encode(messages);
      if (prompt.length >= backend.contextLength) {
        const message = `expected a prompt shorter than the context of ${backend.contextLength} tokens, it has ${prompt.length}. Shorten the task or take a policy with a longer context.`;
        return Array.from({ length: samples }, () => ({
          status: 'failed',
          kind: 'prompt-too-long',
          message,
        }));
      }
      const { options } = scopeOf<EpisodeOptions, typeof scope>(scope, domain);
      const greedily = { ...options, sampling: { ...options.sampling, temperature: 0 } };
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
