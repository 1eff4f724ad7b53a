import type { Environment, Message, TurnOutcome } from '@taskspace/core';
import { payloadOf, type ToolPayload } from '../payload.ts';
import type { Attempt, ParsedResponse, Protocol } from '../protocol/protocol.ts';
import type { ToolDefinition } from '../tool.ts';
import { type CallLimits, makeCall } from './make-call.ts';
import type { EpisodeRecord, RequestRecord } from './record.ts';
import type { SessionSource, ToolSession } from './session.ts';

/** How episodes are played. */
export interface EnvironmentOptions extends CallLimits {
  readonly source: SessionSource;
  readonly protocol: Protocol;
  /** All tools of a task, those withheld at first too. */
  toolsOf(payload: ToolPayload): readonly ToolDefinition[];
  /** The message before the first request; empty for none. */
  systemPrompt(tools: readonly ToolDefinition[], payload: ToolPayload): string;
  /** What becomes of the calls of a response after one that fails. */
  readonly afterFailure: 'stop' | 'go-on';
}

/**
 * Plays requests one after another. The policy is told what its calls gave, never whether that is what was wanted. No
 * response ends it with an exception: whatever cannot be done is said in the reply.
 */
export function createEnvironment(options: EnvironmentOptions): Environment {
  return {
    async open(task, { signal }) {
      const payload = payloadOf(task);
      const session = await options.source.open(payload, signal);
      const play = new Play(options, payload, session, signal);
      return {
        opening: play.opening(),
        respond: (response) => play.respond(response),
        result: () => JSON.parse(JSON.stringify(play.record())),
        [Symbol.asyncDispose]: async () => session.close?.(),
      };
    },
  };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type OpenRequest = Writable<RequestRecord> & { calls: RequestRecord['calls'][number][] };

class Play {
  readonly #options: EnvironmentOptions;
  readonly #payload: ToolPayload;
  readonly #session: ToolSession;
  readonly #signal: AbortSignal;
  readonly #tools: readonly ToolDefinition[];
  readonly #withheld: Set<string>;
  readonly #requests: OpenRequest[] = [];
  #ending: EpisodeRecord['ending'] = null;
  #responses = 0;

  constructor(
    options: EnvironmentOptions,
    payload: ToolPayload,
    session: ToolSession,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#payload = payload;
    this.#session = session;
    this.#signal = signal;
    this.#tools = options.toolsOf(payload);
    this.#withheld = new Set(payload.requests.flatMap(({ unlocks }) => unlocks ?? []));
  }

  opening(): readonly Message[] {
    // Withheld tools are not told of before they are unlocked.
    const told = this.#tools.filter(({ name }) => !this.#withheld.has(name));
    const system = this.#options.systemPrompt(told, this.#payload);
    const request = this.#nextRequest();
    return system === '' ? [request] : [{ role: 'system', content: system }, request];
  }

  record(): EpisodeRecord {
    return { requests: this.#requests, ending: this.#ending };
  }

  async respond(response: string): Promise<TurnOutcome> {
    const { protocol } = this.#options;
    if (this.#ending !== null) {
      const reply = protocol.writeResults(['Error: the episode is over.']);
      return { messages: [reply], done: true };
    }
    this.#responses++;
    const current = this.#requests.at(-1)!;
    current.responses++;
    const parsed = protocol.parse(response);
    const { results, problems, failed } = await this.#run(parsed, current);
    const messages: Message[] = results.length > 0 ? [protocol.writeResults(results)] : [];
    const { ending } = parsed;
    if (ending?.kind === 'gave-up') this.#ending = 'gave-up';
    else if (ending !== null && !failed) {
      if (this.#requests.length < this.#payload.requests.length) messages.push(this.#nextRequest());
      else this.#ending = 'finished';
    }
    const isEmpty = parsed.attempts.length === 0 && ending === null;
    if (isEmpty) messages.push(protocol.writeResults([`Error: ${NOTHING_FOUND}`]));
    const truncated = this.#ending === null && this.#responses >= this.#payload.budget;
    if (truncated) this.#ending = 'budget';
    const feedback = isEmpty ? [NOTHING_FOUND] : problems;
    return {
      messages,
      done: this.#ending !== null,
      ...(truncated && { truncated }),
      ...(feedback.length > 0 && { feedback: feedback.join('\n') }),
      ...((isEmpty || (problems.length > 0 && results.length === problems.length)) && {
        failed: true,
      }),
    };
  }

  /** Makes the calls that stand before the ending, in order. */
  async #run({ attempts, ending }: ParsedResponse, current: OpenRequest) {
    const results: string[] = [];
    const problems: string[] = [];
    let failed = false;
    for (const attempt of attempts) {
      if (ending !== null && attempt.span.start > ending.span.start) break;
      if (attempt.status === 'ok') current.readable++;
      else current.unreadable++;
      const made = await this.#make(attempt, current);
      results.push(made.result);
      if (made.problem !== undefined) problems.push(made.problem);
      failed ||= !made.ok;
      if (!made.ok && this.#options.afterFailure === 'stop') break;
    }
    return { results, problems, failed };
  }

  async #make(attempt: Attempt, current: OpenRequest) {
    if (attempt.status !== 'ok') {
      const problem = `The tool call could not be read: ${attempt.problem}.`;
      return { result: `Error: ${problem}`, problem, ok: false };
    }
    const { name, arguments: given } = attempt;
    if (this.#withheld.has(name)) {
      return { result: `Error during execution: name '${name}' is not defined`, ok: false };
    }
    const made = await makeCall(
      this.#session,
      { name, arguments: given },
      this.#options,
      this.#signal,
    );
    if (made.run) {
      const { outcome } = made;
      const kept = this.#options.source.replayable ? {} : { result: made.result };
      current.calls.push({ name, arguments: given, outcome, ...kept });
    }
    return { result: made.result, ok: made.outcome === 'ok' };
  }

  #nextRequest(): Message {
    const { text, unlocks = [] } = this.#payload.requests[this.#requests.length]!;
    this.#requests.push({ calls: [], responses: 0, readable: 0, unreadable: 0 });
    for (const name of unlocks) this.#withheld.delete(name);
    const added = this.#tools.filter(({ name }) => unlocks.includes(name));
    const listed = added.map((tool) => this.#options.protocol.listTool(tool));
    return { role: 'user', content: [text, ...listed].join('\n') };
  }
}

const NOTHING_FOUND = 'There is neither a tool call nor an ending in the response.';
