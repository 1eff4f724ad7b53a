import { createHash } from 'node:crypto';
import { formatCount, formatDuration, formatShare } from '../cli/format.ts';
import type { DomainReport } from '../run/evaluate.ts';
import type { Drawn } from './charts.ts';
import { html, type Markup, scriptJson, trusted } from './escape.ts';
import type { Figure, FigureSource } from './figure.ts';
import type { PageData } from './page-data.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { metric } from './read-run.ts';
import type { RolloutSample } from './rollout-groups.ts';

/** What a page is made of. */
export interface PageParts extends FigureSource {
  readonly figures: readonly Figure[];
  readonly sample: RolloutSample;
  readonly data: PageData;
  readonly map: Markup;
}

/** The whole page. It loads nothing, and its policy forbids it to: only its own style sheet and script may run. */
export function renderPage(parts: PageParts): string {
  const { run, figures, data } = parts;
  const name = typeof run.config.name === 'string' ? run.config.name : 'run';
  const policy = `default-src 'none'; img-src data:; style-src ${sourceHash(PAGE_STYLE)}; script-src ${sourceHash(PAGE_SCRIPT)}; base-uri 'none'; form-action 'none'`;
  const [learning, rewrites, practice, ...rest] = figures;
  const before = [learning, rewrites, practice].filter((figure) => figure !== undefined);
  const links = [
    ...before.map(({ id, title }) => html`<a href="#${id}">${title}</a>`),
    html`<a href="#tasks">Task space</a>`,
    ...rest.map(({ id, title }) => html`<a href="#${id}">${title}</a>`),
    html`<a href="#config">Config</a>`,
  ];
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${name} · Taskspace run</title>
<link rel="icon" href="data:,">
<style>${trusted(PAGE_STYLE)}</style></head>
<body>
${header(name, parts)}
<nav aria-label="Parts of the report">${links}</nav>
<main>
${before.map(section)}
${taskSpace(parts)}
${rest.map(section)}
<section id="config"><h2>Resolved config</h2><details><summary>Every setting of this run, defaults filled in</summary>
<pre>${JSON.stringify(run.config, null, 2)}</pre></details></section>
</main>
<footer>Written by <code>taskspace report</code>. The numbers of every figure are in the run folder, in report/, as CSV.</footer>
<script type="application/json" id="data">${scriptJson({ groups: data.groups })}</script>
<script>${trusted(PAGE_SCRIPT)}</script>
</body></html>
`;
  return page.markup;
}

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function header(name: string, { run, domains }: PageParts): Markup {
  const { metrics, status, config } = run;
  const last = metrics.at(-1);
  const seconds = metrics.reduce((sum, { time }) => sum + (time?.seconds ?? 0), 0);
  const done = last === undefined ? 0 : last.iteration + 1;
  const facts = [
    ['status', String(status.status ?? 'unknown')],
    ['iterations', `${done} of ${String(config.iterations ?? done)}`],
    ['tokens', formatCount((last && metric(last, 'num_tokens')) ?? 0)],
    ['time in iterations', formatDuration(seconds)],
    ['domains', domains.join(', ')],
    ['seed', String(config.seed ?? '–')],
  ] as const;
  return html`<header><h1>${name}</h1>
<p class="lead">${lead(run.path)}</p>
<dl class="facts">${facts.map(([term, fact]) => html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>
${typeof status.error === 'string' ? html`<p class="failure">${status.error}</p>` : null}
${scores(run.evaluations, domains)}</header>`;
}

function lead(path: string): string {
  return `What this run learnt, what it practised and what it said. Run folder: ${path}`;
}

/** Held-out scores of each domain, first and last, and what rewrites of the last answers add; what was not asked has no column. */
function scores(
  evaluations: PageParts['run']['evaluations'],
  domains: readonly string[],
): Markup | null {
  const [first, last] = [evaluations[0], evaluations.at(-1)];
  if (!first || !last) return null;
  const reports = domains.flatMap((domain) => {
    const [was, is] = [first.domains[domain], last.domains[domain]];
    return was && is ? [{ domain, was, is }] : [];
  });
  const points = reports.flatMap(({ is }) => is.curve?.points ?? []);
  const most = Math.max(0, ...points.map(({ rewrites }) => rewrites));
  const columns = [
    { title: 'most likely answer', score: (report: DomainReport) => report.greedy },
    { title: 'sampled answers', score: (report: DomainReport) => report.sampled },
    ...(most > 0 ? [{ title: `after ${most} rewrites`, score: lastOfCurve }] : []),
  ].filter(({ score }) => reports.some(({ is }) => score(is) !== undefined));
  const rows = reports.map(({ domain, was, is }) => {
    const cells = columns.map(({ score }) => html`<td>${change(score(was), score(is))}</td>`);
    return html`<tr><th scope="row">${domain}</th><td>${is.tasks}</td>${cells}</tr>`;
  });
  const heads = columns.map(({ title }) => html`<th scope="col">${title}</th>`);
  return html`<div class="wide"><table><thead><tr><th scope="col">held out (${last.split})</th><th scope="col">tasks</th>
${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function lastOfCurve({ curve }: DomainReport): number | undefined {
  return curve?.points.at(-1)?.average?.value;
}

function change(from: number | undefined, to: number | undefined): Markup {
  if (from === undefined || to === undefined) return html`–`;
  const points = 100 * (to - from);
  const kind = Math.abs(points) < 0.05 ? '' : points > 0 ? 'gain' : 'loss';
  const sign = points < -0.05 ? '−' : '+';
  return html`${(100 * from).toFixed(1)} → ${formatShare(to)} <span class="${kind}">(${sign}${Math.abs(points).toFixed(1)})</span>`;
}

function section({ id, title, note, charts, below }: Figure): Markup {
  const figures = charts.map(
    ({ title, svg, key }) =>
      html`<figure><figcaption>${title}${keyList(key)}</figcaption>${svg}</figure>`,
  );
  return html`<section id="${id}"><h2>${title}</h2><p class="note">${note}</p>
${charts.length > 0 ? html`<div class="charts">${figures}</div>` : null}${below ?? null}</section>
`;
}

function keyList(key: Drawn['key']): Markup | null {
  if (key.length === 0) return null;
  const entries = key.map(({ name, colour }) => html`<li>${disc(colour)}${name}</li>`);
  return html`<ul class="key">${entries}</ul>`;
}

function disc(colour: string): Markup {
  return html`<svg viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="4.5" fill="${colour}"/></svg>`;
}

function taskSpace({ run, domains, colours, sample, data, map }: PageParts): Markup {
  const { groups, files, filesRead } = sample;
  if (groups.length === 0) {
    return html`<section id="tasks"><h2>Task space and rollouts</h2>
<p class="note">This run logged no rollouts. In training by reinforcement, log.groups says how many groups of an iteration are kept.</p></section>`;
  }
  const keys = domains.map((domain) => html`<li>${disc(colours.get(domain) ?? '')}${domain}</li>`);
  const options = groups.map(
    ({ iteration, domain, task, mode, depth }, position) =>
      html`<option value="${position}">${`iteration ${iteration + 1} · ${domain} · ${task} · ${mode}${depth > 0 ? ` ${depth}` : ''}`}</option>`,
  );
  const played = run.metrics.reduce((sum, line) => sum + (metric(line, 'rollouts') ?? 0), 0);
  const most = Math.max(...groups.map(({ iteration }) => iteration));
  const left = Math.max(0, played - data.rollouts).toLocaleString('en');
  return html`<section id="tasks"><h2>Task space and rollouts</h2>
<p class="note">Every point is one instance that was practised: a ring for a base task, a disc for one grown from an earlier response, larger with depth, a line to what it was
grown from. Points lie near each other when their rollouts said much the same: hashed counts of words and pairs of words, laid out by UMAP; no model is asked, and the axes mean nothing.
Click a point to open its instance.</p>
<p class="note">Shown: ${groups.length} instances of ${filesRead} of ${files} logged iterations, ${data.withRollouts} of them with their rollouts
(${data.rollouts} of ${played.toLocaleString('en')}; ${left} are left out). Marked: the tokens the policy sampled, green where they are made more likely, orange where less, grey where the
advantage is 0, dotted where they are not trained on; bold those that had less than 30 % when they were drawn.</p>
<noscript><p>Points and rollouts open with the page's own script, which is switched off here.</p></noscript>
<div class="task-space"><div>${map}
<ul class="key">${keys}<li><svg viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="none" stroke="#444" stroke-width="1.5"/></svg>base task</li></ul>
<div class="controls"><label for="up-to" id="shown">up to iteration ${most + 1}</label><input type="range" id="up-to" min="0" max="${most}" value="${most}"></div>
<div class="controls"><button type="button" id="earlier">Earlier</button><select id="pick" aria-label="Instance">${options}</select><button type="button" id="later">Later</button></div></div>
<div id="group" aria-live="polite"></div></div><div id="rollouts"></div></section>
`;
}
