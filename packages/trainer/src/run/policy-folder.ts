import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { ConfigError } from '@taskspace/core';
import { fetchModel, modelSnapshot } from '../hub/fetch-model.ts';
import { parseModelId } from '../hub/model-id.ts';
import { pocketFolder } from '../model/pocket.ts';
import type { PolicyConfig } from './config.ts';
import type { RunListener } from './listener.ts';

/**
 * Says what a policy's path means. `pocket` is the shipped policy. A text such as `owner/name` or `owner/name@revision` is a
 * model of the hub, unless there is a folder at that path; everything else is a path.
 *
 * @param folder - Relative paths start here.
 * @returns With an absolute path; or with a hub model's name as path, and its revision.
 * @throws {@link ConfigError} when a folder is given a revision.
 */
export function locatePolicy<Policy extends PolicyConfig>(policy: Policy, folder: string): Policy {
  const { path, revision } = policy;
  const isKnown = path === 'pocket' || isAbsolute(path);
  const id = isKnown || existsSync(resolve(folder, path)) ? null : parseModelId(path);
  if (id !== null) return { ...policy, path: id.name, revision: revision ?? id.revision };
  if (revision !== undefined) {
    const expected = `none, as policy.path is ${path}; only models of the hub (owner/name) have revisions`;
    throw new ConfigError([{ path: 'policy.revision', expected, got: revision }]);
  }
  return isKnown ? policy : { ...policy, path: resolve(folder, path) };
}

/** Who may stop a download, and who is told of it. */
export interface FollowedBy {
  readonly signal?: AbortSignal | undefined;
  readonly listener?: RunListener | undefined;
}

/**
 * Sees to it that a policy is on this disk: a hub model is fetched, and its revision becomes the commit that was fetched, so
 * that whoever goes on with the config later gets the same files.
 *
 * @param policy - As {@link locatePolicy} gives it.
 * @throws {@link HubError} with what to do; the signal's reason when it fires.
 */
export async function fetchPolicy<Policy extends PolicyConfig>(
  policy: Policy,
  { signal, listener = {} }: FollowedBy,
): Promise<Policy> {
  const { path: name, revision } = policy;
  if (revision === undefined) return policy;
  const { commit } = await fetchModel(
    { name, revision },
    {
      signal,
      onNotice: (message) => listener.onNotice?.(message),
      onProgress: (done, total) =>
        listener.onProgress?.({ phase: 'download', iteration: 0, done, total }),
    },
  );
  return { ...policy, revision: commit };
}

/** The folder of a policy, as {@link fetchPolicy} gives it. */
export function policyFolder({ path, revision }: PolicyConfig): string {
  if (path === 'pocket') return pocketFolder();
  return revision === undefined ? path : modelSnapshot(path, revision);
}
