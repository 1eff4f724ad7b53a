import type { SearchNode } from './attempt.ts';

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 48;
const RIGHT = 16;
const TOP = 40;
const BOTTOM = 44;
const COLOURS = { right: '#1a7f37', wrong: '#6e7781', failed: '#cf222e', line: '#0969da' };

/**
 * A search as a small stand-alone SVG: quality over the responses in their order, lines from each to what came of it, and the
 * best so far as steps. Responses after which the episode went on have no quality and are not drawn.
 *
 * @param title - Shown above; any text.
 */
export function searchPlot(nodes: readonly SearchNode[], title: string): string {
  const last = Math.max(1, nodes.length - 1);
  const x = (id: number): number => round(LEFT + (id / last) * (WIDTH - LEFT - RIGHT));
  const y = (quality: number): number => round(TOP + (1 - quality) * (HEIGHT - TOP - BOTTOM));
  const judged = nodes.flatMap((node) =>
    node.verdict ? [{ ...node, verdict: node.verdict }] : [],
  );
  const byId = new Map(judged.map((node) => [node.id, node]));
  const links = judged.flatMap(({ id, parent, verdict }) => {
    const from = byId.get(judgedAncestor(parent, nodes) ?? -1);
    if (!from) return [];
    return `<line x1="${x(from.id)}" y1="${y(from.verdict.quality)}" x2="${x(id)}" y2="${y(verdict.quality)}" stroke="#d0d7de"/>`;
  });
  let best = 0;
  const steps = judged.map(({ id, verdict }, index) => {
    best = Math.max(best, verdict.quality);
    return index === 0 ? `M${x(id)} ${y(best)}` : `H${x(id)}V${y(best)}`;
  });
  const dots = judged.map((node) => {
    const { id, verdict, goal, turn, iterate, failed } = node;
    const colour = failed ? COLOURS.failed : verdict.correct ? COLOURS.right : COLOURS.wrong;
    const told = `response ${id}: ${goal}, turn ${turn}, rewrite ${iterate}, quality ${verdict.quality}`;
    return `<circle cx="${x(id)}" cy="${y(verdict.quality)}" r="5" fill="${colour}"><title>${escapeText(told)}</title></circle>`;
  });
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (quality) =>
      `<line x1="${LEFT}" y1="${y(quality)}" x2="${WIDTH - RIGHT}" y2="${y(quality)}" stroke="#eaeef2"/>` +
      `<text x="${LEFT - 8}" y="${y(quality) + 4}" text-anchor="end">${quality}</text>`,
  );
  const ends = [...new Set([0, nodes.length - 1])].map(
    (id) => `<text x="${x(id)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${id}</text>`,
  );
  const legend = `right <tspan fill="${COLOURS.right}">●</tspan>  wrong <tspan fill="${COLOURS.wrong}">●</tspan>  failed <tspan fill="${COLOURS.failed}">●</tspan>  best so far <tspan fill="${COLOURS.line}">━</tspan>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="11" fill="#24292f">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="13">${escapeText(title)}</text>`,
    ...grid,
    ...ends,
    ...links,
    ...(steps.length > 0
      ? [`<path d="${steps.join('')}" fill="none" stroke="${COLOURS.line}" stroke-width="2"/>`]
      : []),
    ...dots,
    `<text x="${LEFT}" y="${HEIGHT - 8}" xml:space="preserve">responses in order, quality upwards:  ${legend}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** The nearest response before one that ended a play. */
function judgedAncestor(parent: number | null, nodes: readonly SearchNode[]): number | null {
  let id = parent;
  while (id !== null && !nodes[id]!.verdict) id = nodes[id]!.parent;
  return id;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text
    .replace(/[&<>"]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/[^\P{Cc}\n]/gu, '�');
}
