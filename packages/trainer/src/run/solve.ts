import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError, DataError, RANDOM, Scope, type Task, type TaskSource } from '@taskspace/core';
import type { Answer, SearchNode } from '../scaffold/attempt.ts';
import type { AnswerFailure } from '../scaffold/chat-policy.ts';
import { playTask, scaffoldOf } from '../scaffold/play-task.ts';
import { searchPlot } from '../scaffold/search-plot.ts';
import { writeFileAtomic } from './atomic-write.ts';
import type { EvalConfig } from './config.ts';
import { diskProblem } from './disk-problem.ts';
import { episodesOf } from './domain-config.ts';
import { composePolicy, evaluationScope, withPolicyHere } from './evaluation-run.ts';
import type { LoadedConfig } from './load-config.ts';
import { noticeOnce } from './notice-once.ts';
import type { RunOptions } from './run.ts';

/** What is to be solved, and how hard to try. */
export interface SolveRequest {
  /** Exactly one of the config's domains. */
  readonly domain: string;
  /** The task's id, or its position in the split. */
  readonly task: string;
  readonly rewrites: number;
}

/** What a search for one task's solution found. */
export interface Solution {
  readonly task: string;
  readonly scaffold: 'k-step' | 'greedy';
  /** What told which answer is best: the verifier's quality, or one of its metrics. */
  readonly selectedBy: string;
  readonly rewrites: number;
  /** One response for each turn. */
  readonly responses: readonly string[];
  readonly quality: number;
  readonly correct: boolean;
  readonly metrics: Readonly<Record<string, number>>;
  /** Quality of the first answer. */
  readonly firstQuality: number | null;
  /** Of the search's last answer, which the scaffold would give without looking at any score. */
  readonly lastQuality: number | null;
  /** Why the search ended early. */
  readonly failure: AnswerFailure | null;
  readonly nodes: readonly SearchNode[];
  /** Where everything was written. */
  readonly folder: string;
}

/** Most tasks looked through for an id in a source that never ends. */
const MOST_SEARCHED = 10_000;

/**
 * Searches for one task's solution with its domain's scaffold, and writes the best response, its score, the search tree and
 * a plot to a folder.
 *
 * @throws {@link ConfigError} when there is no such task; {@link DataError} when not one answer could be judged.
 */
export async function solve(
  { config: given, domains }: LoadedConfig<EvalConfig>,
  { domain, task: wanted, rewrites }: SolveRequest,
  { signal = new AbortController().signal, listener = {}, scope: outer }: RunOptions = {},
): Promise<Solution> {
  const config = await withPolicyHere(given, { signal, listener });
  await using scope = outer?.createChild() ?? new Scope();
  const setUp = { signal, onNotice: noticeOnce(listener), mayLeaveOut: false };
  const policy = await composePolicy(scope, config, domains, setUp);
  const played = evaluationScope(scope, config, noticeOnce(listener));
  const parts = played.domains.get(domain)!;
  const task = await findTask(await parts.tasks(config.evaluation.split), wanted);
  const folder = resolve(config.out ?? join('runs', 'solve', fileName(`${domain}-${task.id}`)));
  const scaffold = scaffoldOf(parts);
  // Later turns are not shared by numbers of rewrites, so there only the most rewrites are played.
  const shared = scaffold.kind === 'greedy' || episodesOf(config, domain).maxTurns === 1;
  const numbers = Array.from({ length: rewrites + 1 }, (_, k) => k);
  const plan = {
    rewrites: shared ? numbers : [rewrites],
    samples: 1,
    greedy: false,
  };
  const random = scope.get(RANDOM).fork('solve').fork(domain).fork(task.id);
  const [play] = await playTask(task, plan, { ...played, policy }, random, signal);
  const { nodes, answers } = play!;
  const all = [...answers.values()];
  const failure = all.find((answer) => 'kind' in answer) ?? null;
  const judged = all.filter((answer): answer is Answer => !('kind' in answer));
  const best = bestOf(judged, scaffold.select);
  if (!best) {
    throw new DataError(
      `domain ${domain}, task ${task.id}`,
      null,
      `expected an answer that can be judged, got none: ${failure?.message ?? 'no response'}`,
    );
  }
  const { quality, correct, metrics = {} } = best.verdict;
  const solution: Solution = {
    task: task.id,
    scaffold: scaffold.kind,
    selectedBy: scaffold.select ?? 'quality',
    rewrites,
    responses: best.history.turns.map(({ response }) => response),
    quality,
    correct,
    metrics,
    firstQuality: nodes.find(({ verdict }) => verdict)?.verdict?.quality ?? null,
    lastQuality: judged.at(-1)?.verdict.quality ?? null,
    failure,
    nodes,
    folder,
  };
  await write(solution, task, best);
  return solution;
}

/** The answer worth most; of equal ones the latest. */
function bestOf(answers: readonly Answer[], select: string | undefined): Answer | undefined {
  const worth = ({ verdict }: Answer): number =>
    select === undefined
      ? verdict.quality
      : (verdict.metrics?.[select] ?? Number.NEGATIVE_INFINITY);
  return answers.reduce<Answer | undefined>(
    (best, answer) => (best && worth(best) > worth(answer) ? best : answer),
    undefined,
  );
}

async function findTask(source: TaskSource, wanted: string): Promise<Task> {
  const { size, split } = source;
  const has = size === Number.POSITIVE_INFINITY ? 'without end' : `of ${size} tasks`;
  if (/^\d+$/u.test(wanted)) {
    if (Number(wanted) < size) return source.at(Number(wanted));
  } else {
    for (let index = 0; index < Math.min(size, MOST_SEARCHED); index++) {
      const task = await source.at(index);
      if (task.id === wanted) return task;
    }
  }
  const expected = `the id or position of a task in the ${split} split (${has}${size > MOST_SEARCHED ? `, the first ${MOST_SEARCHED} were searched` : ''})`;
  throw new ConfigError(
    [
      {
        path: 'task',
        expected,
        got: `"${wanted}"`,
        suggestion: 'Choose another split with --split.',
      },
    ],
    'command line',
  );
}

async function write(solution: Solution, task: Task, best: Answer): Promise<void> {
  const { nodes, folder, responses, ...score } = solution;
  const title = `${task.domain}, ${task.id}: ${solution.rewrites} rewrites, best ${solution.selectedBy}`;
  const text =
    responses.length === 1
      ? responses[0]!
      : responses.map((response, turn) => `--- turn ${turn + 1} ---\n${response}\n`).join('\n');
  try {
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(join(folder, 'best.txt'), text);
    await writeFileAtomic(join(folder, 'score.json'), json({ ...score, node: best.node }));
    await writeFileAtomic(join(folder, 'tree.json'), json({ task, best: best.node, nodes }));
    await writeFileAtomic(join(folder, 'tree.svg'), searchPlot(nodes, title));
  } catch (error) {
    throw diskProblem(folder, error);
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function fileName(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/gu, '-').slice(0, 100);
}
