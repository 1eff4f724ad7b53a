/** Embeds every different text once: rollouts of one group often say the same. */
export async function embedDistinct(
  texts: readonly string[],
  embed: (distinct: readonly string[]) => Promise<readonly Float32Array[]>,
): Promise<readonly Float32Array[]> {
  const places = new Map<string, number>();
  for (const text of texts) if (!places.has(text)) places.set(text, places.size);
  if (places.size === 0) return [];
  const embeddings = await embed([...places.keys()]);
  return texts.map((text) => embeddings[places.get(text)!]!);
}
