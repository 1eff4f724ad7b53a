import type { Task, TaskDefect } from '@taskspace/core';
import { replay } from './checkers/replay.ts';
import type { SessionSource } from './episode/session.ts';
import { type GoldCall, payloadOf } from './payload.ts';
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
    const seen = [JSON.stringify(toolsOf(payload.world.classes))];
    for (const [index, { text, gold }] of payload.requests.entries()) {
      const place = `request ${index + 1}`;
      seen.push(text);
      if (gold.length === 0) {
        yield report('nothing-to-do', 'warning', `${place}: the solution makes no call.`);
      }
      for (const [position, call] of gold.entries()) {
        const unknown = literalsOf(call).filter((literal) => !isRevealed(literal, seen));
        for (const literal of unknown) {
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
  if (wanted === '') return true;
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
    ...new Set(seen.flatMap((text) => text.match(/-?[0-9]+(?:\.[0-9]+)?/gu) ?? []).map(Number)),
  ].slice(0, 400);
  const near = (value: number) => Math.abs(value - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted));
  return numbers.some(
    (a) => near(a) || numbers.some((b) => near(a - b) || near(a + b) || near(a * b) || near(a / b)),
  );
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/\\u([0-9a-f]{4})/gu, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replaceAll(/[^\p{L}\p{N}.]+/gu, ' ')
    .trim();
}
