import {
  conversation,
  createRandom,
  type Demonstration,
  type Environment,
  type EpisodeContext,
  type IterationPrompts,
  type Message,
  pick,
  type RandomStream,
  rewriteRequest,
  type Split,
  type Task,
  type Turn,
} from '@taskspace/core';
import { payloadOf } from '../payload.ts';
import type { Protocol } from '../protocol/protocol.ts';
import type { ToolCall } from '../tool.ts';
import type { PocketTask } from './pocket.ts';
import { generateIn, type StarterOptions, starterTask } from './source.ts';

/** What demonstrations show besides solutions. */
export interface DemonstrationOptions {
  /** Share of the choices in which the careless call is shown, of pocket tasks. */
  readonly wrongShare: number;
  /** Share of the turns shown as a rewrite of an earlier response. */
  readonly rewriteShare: number;
}

/** How demonstrations are played: in the very environment the policy will meet. */
export interface Stage {
  readonly environment: Environment;
  readonly protocol: Protocol;
  readonly prompts: Partial<IterationPrompts>;
  readonly context: EpisodeContext;
}

/** Demonstrations of generated tasks without end: each turn of each task is one. */
export async function* demonstrateStarter(
  stage: Stage,
  options: StarterOptions & DemonstrationOptions,
  split: Split,
  seed: number,
): AsyncGenerator<Demonstration> {
  const random = createRandom(options.seed).fork('demonstrations').fork(split).fork(seed);
  for (let index = 0; ; index++) {
    const stream = random.fork(index);
    const level = pick(stream, options.levels);
    const generated = generateIn(split, options.subset, level, stream);
    const pocket = 'slips' in generated ? generated : undefined;
    yield* demonstrateTask(stage, starterTask(generated), options, stream, pocket);
  }
}

/** Every turn of one task, played as its solution has it, one call a response. */
export async function* demonstrateTask(
  stage: Stage,
  task: Task,
  options: DemonstrationOptions,
  random: RandomStream,
  pocket?: PocketTask,
): AsyncGenerator<Demonstration> {
  const { environment, protocol, context } = stage;
  await using episode = await environment.open(task, context);
  const turns: Turn[] = [];
  let request: readonly Message[] = episode.opening;
  for (const [index, { gold }] of payloadOf(task).requests.entries()) {
    for (const [place, call] of [...gold, null].entries()) {
      const slip = pocket?.slips[index]?.[place] ?? null;
      const write = (calls: readonly ToolCall[]) => protocol.writeCalls(calls);
      const right = call === null ? protocol.finish : write([call]);
      const wrong = slip === null ? undefined : write([slip]);
      const look = pocket?.look;
      const other = look && write(call === null ? [look] : [look, call]);
      const slipped = () => wrong !== undefined && random.next() < options.wrongShare;
      const response = slipped() ? wrong! : right;
      if (random.next() < options.rewriteShare) {
        const rewrite = drawRewrite({ right, wrong, other }, slipped, random);
        const turn: Turn = { request, response: rewrite.earlier, iterate: 0 };
        const asked = rewriteRequest(task, turn, rewrite.mode, stage.prompts);
        yield { messages: conversation(turns, asked), response: rewrite.response };
      } else {
        yield { messages: conversation(turns, request), response };
      }
      const outcome = await episode.respond(response);
      turns.push({ request, response, iterate: 0 });
      request = outcome.messages;
      if (outcome.done) return;
    }
  }
}

interface Ways {
  readonly right: string;
  readonly wrong: string | undefined;
  /** A valid response of another kind. */
  readonly other: string | undefined;
}

/** An earlier response, good or bad, and what a rewrite of it says. */
function drawRewrite({ right, wrong, other }: Ways, slipped: () => boolean, random: RandomStream) {
  const mode = random.integer(2) === 0 || other === undefined ? 'improve' : 'diverge';
  const earlier = wrong !== undefined && random.integer(2) === 0 ? wrong : right;
  const usual = slipped() ? wrong! : right;
  const response = mode === 'diverge' && usual === earlier ? other! : usual;
  return { mode, earlier, response } as const;
}
