import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Domain, RANDOM, Scope } from '@taskspace/core';
import { composeCommon, composeDomains, DOMAINS, rolloutScope, type SetUp } from '../compose.ts';
import { createEndpointPolicy } from '../endpoint/endpoint-policy.ts';
import { createBackendPolicy } from '../scaffold/backend-policy.ts';
import type { ChatPolicy } from '../scaffold/chat-policy.ts';
import { AnswersFile } from './answers-file.ts';
import { writeFileAtomic } from './atomic-write.ts';
import type { EvalConfig, PolicyConfig } from './config.ts';
import { episodesOf } from './domain-config.ts';
import {
  answersPerTask,
  type EvaluationReport,
  type EvaluationScope,
  evaluate,
} from './evaluate.ts';
import type { LoadedConfig } from './load-config.ts';
import { noticeOnce } from './notice-once.ts';
import { type FollowedBy, fetchPolicy } from './policy-folder.ts';
import type { RunOptions } from './run.ts';

/**
 * Answers held-out tasks with a policy as it is, the run's own or a served one. With `out` in the config, every answer and the
 * report are written there, and answers that are there already are not asked for again.
 *
 * @throws The signal's reason when it fires; {@link TaskspaceError} when something is wrong with the config, a domain, the
 *   policy or the disk; what was answered before is kept.
 */
export async function evaluateRun(
  { config: given, domains }: LoadedConfig<EvalConfig>,
  { signal = new AbortController().signal, listener = {}, scope: outer }: RunOptions = {},
): Promise<EvaluationReport> {
  const config = await withPolicyHere(given, { signal, listener });
  await using scope = outer?.createChild() ?? new Scope();
  const setUp = { signal, onNotice: noticeOnce(listener), mayLeaveOut: true };
  const policy = await composePolicy(scope, config, domains, setUp);
  const folder = config.out === undefined ? null : resolve(config.out);
  await using answers =
    folder === null
      ? null
      : await AnswersFile.open(
          folder,
          await answerSettings(config),
          answersPerTask(config.evaluation),
        );
  const report = await evaluate({
    iteration: 0,
    config: config.evaluation,
    scope: evaluationScope(scope, config, noticeOnce(listener)),
    policy,
    random: scope.get(RANDOM).fork('evaluation'),
    signal,
    onProgress: (done, total) =>
      listener.onProgress?.({ phase: 'evaluation', iteration: 0, done, total }),
    ...(answers && {
      onAnswers: (lines) => answers.append(lines),
      answered: (job) => answers.find(job),
    }),
  });
  if (folder !== null) {
    await writeFileAtomic(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  }
  listener.onEvaluation?.(report);
  return report;
}

/** The config with its policy on this disk, if it is the policy that answers. */
export async function withPolicyHere(config: EvalConfig, by: FollowedBy): Promise<EvalConfig> {
  if (config.endpoint) return config;
  return { ...config, policy: await fetchPolicy(config.policy, by) };
}

/** Registers what an evaluation needs, and gives who answers: a served policy needs no backend. */
export async function composePolicy(
  scope: Scope,
  config: EvalConfig,
  domains: readonly Domain[],
  setUp: SetUp,
): Promise<ChatPolicy> {
  const { endpoint } = config;
  if (endpoint) {
    await composeDomains(scope, config, domains, setUp);
    const samplingOf = (domain: string) => episodesOf(config, domain).sampling;
    return createEndpointPolicy(endpoint, samplingOf, process.env[endpoint.keyVariable]);
  }
  await composeCommon(scope, config, domains, { keepReference: false }, setUp);
  return createBackendPolicy(rolloutScope(scope, config, () => undefined));
}

/** What tasks are played with. */
export function evaluationScope(
  scope: Scope,
  config: Pick<EvalConfig, 'rollout' | 'domains'>,
  onNotice: (message: string) => void,
): EvaluationScope {
  const domains = scope.get(DOMAINS);
  return {
    domains,
    services: scope,
    options: config.rollout,
    ownOptions: new Map([...domains.keys()].map((name) => [name, episodesOf(config, name)])),
    onNotice,
  };
}

/** All that answers depend on; when any of it changes, earlier answers are of something else. */
async function answerSettings(config: EvalConfig): Promise<object> {
  const { seed, domains, policy, endpoint, rollout, evaluation } = config;
  const { maxTurns, timeoutMs, sampling } = rollout;
  const { split, samples, rewrites } = evaluation;
  const asked = endpoint
    ? { endpoint: { url: endpoint.url, model: endpoint.model, body: endpoint.body } }
    : { policy, weights: await weightsOf(policy) };
  return {
    seed,
    domains,
    ...asked,
    rollout: { maxTurns, timeoutMs, sampling },
    split,
    samples,
    rewrites,
  };
}

/** Size and time of each weight file, so that a policy that was trained on is not taken for what it was. */
async function weightsOf({ path, revision }: PolicyConfig): Promise<readonly string[]> {
  if (path === 'pocket' || revision !== undefined) return []; // They never change.
  try {
    const files = (await readdir(path)).filter((name) => name.endsWith('.safetensors')).sort();
    return await Promise.all(
      files.map(async (name) => {
        const { size, mtimeMs } = await stat(join(path, name));
        return `${name} ${size} bytes, changed ${new Date(mtimeMs).toISOString()}`;
      }),
    );
  } catch {
    // Whoever loads the policy says what is wrong with its folder.
    return [];
  }
}
