import { type DomainParts, defineDomain } from '../domain.ts';
import type { Episode } from '../environment.ts';
import type { Message } from '../message.ts';
import type { Split, Task, TaskSource } from '../task.ts';

export interface GuessOptions {
  readonly highest: number;
  readonly turns: number;
}

interface Payload {
  readonly secret: number;
}

const OFFSETS: Readonly<Record<Split, number>> = { train: 0, validation: 1, test: 2 };

/** A task of the guessing game: find a number, being told higher or lower. */
export function guessTask(split: Split, index: number, highest: number): Task {
  const secret = 1 + ((index * 3 + OFFSETS[split]) % highest);
  return {
    id: `${split}/${index}`,
    domain: 'guess',
    instruction: `Guess my number, 1 to ${highest}. Round ${split} ${index}.`,
    payload: { secret },
    measures: { goldSteps: Math.ceil(Math.log2(highest)) },
  };
}

/** Multi-turn, deterministic, with a hint that depends on the episode's seed: a small whole domain. */
export const guessDomain = defineDomain<GuessOptions>({
  name: 'guess',
  version: '0.1.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: {
      highest: { type: 'integer', minimum: 2, default: 8 },
      turns: { type: 'integer', minimum: 1, default: 3 },
    },
  },
  create({ highest, turns }): DomainParts {
    return {
      tasks: (split): TaskSource => ({
        split,
        size: Number.POSITIVE_INFINITY,
        at: (index) => guessTask(split, index, highest),
      }),
      environment: {
        open: async (task, { seed, signal }): Promise<Episode> => {
          signal.throwIfAborted();
          const { secret } = task.payload as unknown as Payload;
          let played = 0;
          let best = Number.POSITIVE_INFINITY;
          return {
            opening: [user(`${task.instruction} (hint ${seed % 10})`)],
            async respond(response) {
              signal.throwIfAborted();
              played += 1;
              const guess = Number(response);
              if (Number.isFinite(guess)) best = Math.min(best, Math.abs(guess - secret));
              const done = guess === secret || played >= turns;
              const feedback = guess < secret ? 'higher' : 'lower';
              return { messages: done ? [] : [user(feedback)], done, feedback };
            },
            result: () => ({ distance: Number.isFinite(best) ? best : null }),
            [Symbol.asyncDispose]: async () => {},
          };
        },
      },
      verifier: {
        verify: ({ result }) => {
          const { distance } = result as { distance: number | null };
          const quality = distance === null ? 0 : Math.max(0, 1 - distance / highest);
          return { quality, correct: distance === 0 };
        },
      },
      *demonstrations(split, seed) {
        for (let index = seed; ; index += 1) {
          const task = guessTask(split, index, highest);
          const { secret } = task.payload as unknown as Payload;
          yield { messages: [user(`${task.instruction} (hint 0)`)], response: String(secret) };
        }
      },
    };
  },
});

function user(content: string): Message {
  return { role: 'user', content };
}
