import type { CsvTable } from './csv.ts';
import { html, type Markup } from './escape.ts';
import type { ShownGroup } from './rollout-groups.ts';
import type { MapPoint } from './task-map.ts';

const WIDTH = 640;
const HEIGHT = 440;
const MARGIN = 16;

/**
 * The map as SVG: base tasks are rings, grown instances discs that grow with depth, lines lead from an instance to the one it was
 * grown from. Every mark carries its group's position in the page's data and the iteration it appears at.
 */
export function mapSvg(
  points: readonly MapPoint[],
  colours: ReadonlyMap<string, string>,
  positions: ReadonlyMap<ShownGroup, number>,
): Markup {
  const byId = new Map(points.map((point) => [point.group.id, point]));
  const links = points.map((point) => {
    const from = byId.get(point.group.origin.split('/').slice(0, 2).join('/'));
    if (!from) return null;
    const at = `${place(from.x, WIDTH)} ${place(from.y, HEIGHT)}L${place(point.x, WIDTH)} ${place(point.y, HEIGHT)}`;
    return html`<path d="M${at}" data-iteration="${point.group.iteration}"/>`;
  });
  const dots = points.map(({ group, x, y }) => {
    const { mode, depth, domain, iteration, task } = group;
    const colour = colours.get(domain) ?? '#444444';
    const radius = mode === 'base' ? 4 : 4 + Math.min(4, depth);
    const look =
      mode === 'base'
        ? html`fill="#ffffff" stroke="${colour}"`
        : html`fill="${colour}" stroke="#ffffff"`;
    return html`<circle cx="${place(x, WIDTH)}" cy="${place(y, HEIGHT)}" r="${radius}" ${look} data-group="${positions.get(group) ?? -1}"
data-iteration="${iteration}"><title>${`${domain}: ${task}, ${mode}, depth ${depth}, iteration ${iteration + 1}`}</title></circle>`;
  });
  return html`<svg id="map" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Map of the instances practised">
<g class="links">${links}</g><g class="points">${dots}</g></svg>`;
}

/** The map as numbers. */
export function mapTable(points: readonly MapPoint[]): CsvTable {
  return {
    head: ['group', 'iteration', 'domain', 'task', 'category', 'mode', 'depth', 'origin', 'x', 'y'],
    rows: points.map(({ group, x, y }) => {
      const { id, iteration, domain, task, category, mode, depth, origin } = group;
      const at = [Number(x.toFixed(4)), Number(y.toFixed(4))];
      return [id, iteration + 1, domain, task, category, mode, depth, origin, ...at];
    }),
  };
}

function place(share: number, size: number): number {
  return Math.round((MARGIN + share * (size - 2 * MARGIN)) * 10) / 10;
}
