import { DomainError, type Embedder, type Group, type Rollout, showValue } from '@taskspace/core';

/** What of a run's rollouts is embedded, and by what. */
export interface EmbeddingParts {
  readonly embedder: Embedder;
  /** The part of a response that says how it was solved, of each domain whose rollouts are embedded. */
  readonly texts: ReadonlyMap<string, (response: string) => string>;
}

/**
 * The same groups with an embedding on every rollout of the domains that want one: of the first turn the policy played, which is
 * the response that was rewritten or first given. All are embedded in one batch. Groups whose rollouts are all equally good are
 * left out: their advantages are 0, whatever they are weighted with.
 *
 * @throws {@link DomainError} when a domain cannot say what to embed.
 */
export async function embedGroups(
  groups: readonly Group[],
  { embedder, texts }: EmbeddingParts,
  signal: AbortSignal,
): Promise<readonly Group[]> {
  const wanted = groups.flatMap((group) => {
    const textOf = texts.get(group.instance.task.domain);
    if (!textOf || isDegenerate(group)) return [];
    return group.rollouts.map((rollout) => textToEmbed(group, rollout, textOf));
  });
  if (wanted.length === 0) return groups;
  const embeddings = (await embedder.embed(wanted, signal)).values();
  return groups.map((group) => {
    if (!texts.has(group.instance.task.domain) || isDegenerate(group)) return group;
    const rollouts = group.rollouts.map((rollout) => ({
      ...rollout,
      embedding: embeddings.next().value!,
    }));
    return { ...group, rollouts };
  });
}

function isDegenerate({ rollouts }: Group): boolean {
  return rollouts.every(({ verdict }) => verdict.quality === rollouts[0]!.verdict.quality);
}

function textToEmbed(
  { instance }: Group,
  { history }: Rollout,
  textOf: (response: string) => string,
): string {
  const { task, start } = instance;
  const response = history.turns[start === null ? 0 : start.turns.length - 1]?.response ?? '';
  let text: unknown;
  try {
    text = textOf(response);
  } catch (cause) {
    throw refuse(`it threw ${showValue(cause, 200)}`, cause);
  }
  if (typeof text !== 'string') throw refuse(`it gave ${showValue(text)}`);
  return text;

  function refuse(came: string, cause?: unknown): DomainError {
    return new DomainError(
      `embeddingText: expected a text for ${showValue(response)}, ${came}. Correct the domain.`,
      { domain: task.domain, taskId: task.id, cause },
    );
  }
}
