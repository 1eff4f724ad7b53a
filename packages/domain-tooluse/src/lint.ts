import type { Task, TaskDefect } from '@taskspace/core';
import { replay } from './checkers/replay.ts';
import type { SessionSource } from './episode/session.ts';
import { type GoldCall, payloadOf, type ToolPayload } from './payload.ts';
import { type JsonNode, readJson } from './protocol/json-tree.ts';
import type { ToolDefinition } from './tool.ts';

/** A task to look at, and why it is known to be faulty if it is. */
export interface LintedTask {
  readonly task: Task;
  readonly defect: string | undefined;
}

/**
 * Plays every task's own solution and reports calls that fail, requests that ask for nothing, and literals that no request,
 * no tool description and no earlier result could have revealed.
 */
export async function* lintTasks(
  tasks: Iterable<LintedTask>,
  source: SessionSource,
  toolsOf: (classes: readonly string[]) => readonly ToolDefinition[],
  signal: AbortSignal,
): AsyncGenerator<TaskDefect> {
  for (const { task, defect } of tasks) {
    signal.throwIfAborted();
    const excluded = defect !== undefined;
    const report = (rule: string, severity: TaskDefect['severity'], message: string) => ({
      taskId: task.id,
      rule,
      severity,
      message,
      excluded,
    });
    if (defect !== undefined) yield report('known-defect', 'error', defect);
    const payload = payloadOf(task);
    const wanted = payload.requests.map(({ gold }) => gold);
    const session = await source.open(payload, signal);
    const { requests } = await replay(session, wanted, signal);
    const tools = toolsOf(payload.world.classes);
    const seen = [JSON.stringify(tools)];
    for (const [index, { text, gold }] of payload.requests.entries()) {
      const place = `request ${index + 1}`;
      seen.push(text);
      if (gold.length === 0) {
        yield report('nothing-to-do', 'warning', `${place}: the solution makes no call.`);
      }
      for (const [position, call] of gold.entries()) {
        const unknown = literalsOf(call).filter((literal) => !isRevealed(literal, seen));
        if (unknown.length > 0 && source.replayable) {
          seen.push(...(await probe(payload, index, source, tools, seen, signal)));
        }
        for (const literal of unknown.filter((one) => !isRevealed(one, seen))) {
          const what = `${place}: nothing before ${call.name} reveals ${JSON.stringify(literal)}.`;
          yield report('unrevealed-literal', 'warning', what);
        }
        const { result, outcome } = requests[index]!.calls[position]!;
        if (outcome !== 'ok') {
          yield report(
            'failing-call',
            'error',
            `${place}: ${call.name} fails: ${result.slice(0, 200)}`,
          );
        }
        seen.push(result);
      }
    }
  }
}

/** Most texts that are tried as an argument. */
const MOST_PROBED = 60;

/** What the policy could find out: results of tools that need nothing, or one text that stands in a request. */
async function probe(
  payload: ToolPayload,
  request: number,
  source: SessionSource,
  tools: readonly ToolDefinition[],
  seen: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const texts = new Set(seen.slice(1).flatMap(phrases).slice(-MOST_PROBED));
  const found: string[] = [];
  for (const { name, parameters } of tools) {
    const [first, ...others] = parameters.required as readonly string[];
    if (others.length > 0) continue;
    const kind =
      first && (parameters.properties as Readonly<Record<string, { type?: string }>>)[first];
    if (kind && kind.type !== 'string') continue;
    for (const text of first === undefined ? [''] : texts) {
      const args = first === undefined ? '{}' : JSON.stringify({ [first]: text });
      // A new session for each: a probe may change something.
      const wanted = payload.requests.slice(0, request).map(({ gold }) => gold);
      const session = await source.open(payload, signal);
      const played = await replay(session, [...wanted, [{ name, arguments: args }]], signal);
      const { result, outcome } = played.requests.at(-1)!.calls[0]!;
      // What only says the argument again reveals nothing.
      if (outcome === 'ok') found.push(result.replaceAll(text === '' ? '\0' : text, ''));
    }
  }
  return found;
}

/** Runs of up to three words that start with a capital letter, and quoted texts. */
function phrases(text: string): readonly string[] {
  const runs = text.match(/\p{Lu}[\p{L}\p{N}]*(?: \p{Lu}[\p{L}\p{N}]*){0,2}/gu) ?? [];
  const words = runs.flatMap((run) => run.split(' '));
  const quoted = text.match(/(?<=['"])[^'"\n]{1,40}(?=['"])/gu) ?? [];
  return [...runs, ...words, ...quoted];
}

/** Strings and numbers of a call's arguments, as text. */
function literalsOf({ arguments: given }: GoldCall): readonly string[] {
  const literals: string[] = [];
  const visit = (node: JsonNode) => {
    if (node.kind === 'array') for (const item of node.items) visit(item);
    else if (node.kind === 'object') for (const { value } of node.members) visit(value);
    else if (node.kind === 'string') literals.push(JSON.parse(given.slice(node.start, node.end)));
    else if (node.kind === 'number') literals.push(given.slice(node.start, node.end));
  };
  const root = readJson(given, 0);
  if (!('problem' in root)) visit(root);
  return literals;
}

/**
 * Whether a literal stands in what was seen, in other case or with other punctuation too. A number may also be the result
 * of a computation: small ones, and any that differ from a seen one by a seen one, count as revealed.
 */
function isRevealed(literal: string, seen: readonly string[]): boolean {
  const wanted = plain(literal);
  // Punctuation alone, such as the name of the parent directory, is common knowledge.
  if (/^[ .]*$/u.test(wanted)) return true;
  const all = seen.map(plain).join(' | ');
  if (all.includes(wanted)) return true;
  const number = Number(literal);
  if (Number.isFinite(number)) return isComputable(number, seen);
  const words = wanted.split(' ').filter((word) => word.length > 2);
  const known = words.filter((word) => all.includes(word));
  // Free text may be put together: most of its words must have been seen.
  return words.length > 0 && known.length >= 0.5 * words.length;
}

const NUMBER_WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'twelve',
];

function isComputable(wanted: number, seen: readonly string[]): boolean {
  if (Number.isInteger(wanted) && Math.abs(wanted) <= NUMBER_WORDS.length) return true;
  const numbers = [
    ...new Set(
      seen
        .map(plain)
        .flatMap((text) => text.match(/-?[0-9]+(?:\.[0-9]+)?/gu) ?? [])
        .map(Number),
    ),
  ].slice(0, 400);
  // Amounts are often rounded to cents, or said in thousands.
  const near = (value: number) => Math.abs(value - wanted) < 0.006 || value * 1000 === wanted;
  return numbers.some(
    (a) => near(a) || numbers.some((b) => near(a - b) || near(a + b) || near(a * b) || near(a / b)),
  );
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/(?<=[0-9]),(?=[0-9]{3})/gu, '')
    .replaceAll(/\\u([0-9a-f]{4})/gu, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replaceAll(/[^\p{L}\p{N}.]+/gu, ' ')
    .trim();
}
