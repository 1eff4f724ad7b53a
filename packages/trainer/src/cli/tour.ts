/** What a training run tells a person as it goes: what is happening, and why, in a few sentences. */
import type { RunConfig } from '../run/config.ts';
import { curriculumOf } from '../run/curriculum-config.ts';
import { episodesOf } from '../run/domain-config.ts';

/** Said at each stage, once. */
export interface Tour {
  /** Before the first evaluation. */
  readonly before: string;
  /** Before the first iteration. */
  readonly training: string;
  /** Before the last evaluation. */
  readonly after: string;
}

/** The tour of one run. */
export function tourOf(config: RunConfig): Tour {
  const { iterations, evaluation } = config;
  const rewrites = evaluation.rewrites.at(-1) ?? 0;
  const rewritten =
    rewrites === 0 ? '' : `, and to rewrite its own answers ${rewrites} times in a row`;
  return {
    before: `Before training the policy is asked held-out tasks${rewritten}: there has to be something to compare with.`,
    training: [
      `Now ${iterations} iterations, each of a batch of tasks with ${groupSizes(config)} answers to each. Answers to the same task are`,
      'compared: what does better than its group becomes more likely, what does worse less.',
      ...practice(config),
    ].join('\n'),
    after: 'After training the same held-out tasks are asked again.',
  };
}

function groupSizes(config: RunConfig): string {
  const sizes = Object.keys(config.domains).map((name) => episodesOf(config, name).groupSize);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  return least === most ? String(least) : `${least} to ${most}`;
}

/** What is practised besides the tasks as they come. */
function practice(config: RunConfig): string[] {
  const curricula = Object.keys(config.domains).map((name) => curriculumOf(config, name));
  const growing = curricula.filter((own) => own.name === 'exit' && own.selectProbability > 0);
  if (growing.length === 0) return [];
  return [
    'Some tasks are earlier answers, to be improved or solved another way. They are kept in a buffer of each domain, and those are',
    'drawn most whose last tries came out most differently: there is most to be learnt there (ExIt).',
  ];
}
