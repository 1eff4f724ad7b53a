/** A model on the Hugging Face hub. */
export interface ModelId {
  /** `owner/name` */
  readonly name: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/**
 * Reads `owner/name` or `owner/name@revision`.
 *
 * @returns Null for every other text: the path of a folder has more parts, begins with a dot or a slash, or is one word.
 */
export function parseModelId(text: string): ModelId | null {
  const found = /^(?<name>[\w-][\w.-]*\/[\w-][\w.-]*)(?:@(?<revision>[\w-][\w./-]*))?$/u.exec(text);
  const { name, revision = 'main' } = found?.groups ?? {};
  return name === undefined || revision.split('/').includes('..') ? null : { name, revision };
}

/** Whether a revision is a commit, which never changes what it means. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/u.test(revision);
}
