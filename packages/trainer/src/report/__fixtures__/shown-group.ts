import type { ShownGroup } from '../rollout-groups.ts';

/** A group of a base task whose rollouts said these things. */
export function shownGroup(id: string, said: readonly string[]): ShownGroup {
  return {
    id,
    iteration: Number.parseInt(id, 10),
    domain: 'math',
    task: `task ${id}`,
    category: '',
    mode: 'base',
    depth: 0,
    origin: '',
    startQuality: null,
    request: 'user: What is it?',
    rollouts: said.map((text, index) => ({
      id: `${id}/${index}`,
      quality: index % 2,
      correct: index % 2 === 1,
      reward: index % 2,
      advantage: (index % 2) - 0.5,
      trained: true,
      truncated: false,
      ending: 'done',
      feedback: '',
      tokens: 1,
      stretches: [
        { sampled: false, text: 'What is it?' },
        { sampled: true, tokens: [{ text, logprob: -0.5 }] },
      ],
      said: text,
    })),
    failures: [],
  };
}
