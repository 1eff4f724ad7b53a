/** The page's style sheet: one column on a phone, black on white in print. */
export const PAGE_STYLE = `
:root { --ink: #1c2530; --soft: #56616d; --line: #dde3e9; --field: #f5f7f9; --accent: #0072b2; --up: #00704f; --down: #b3401a; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.5 system-ui, sans-serif; -webkit-text-size-adjust: 100%; }
main, body > header, nav { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
body > header { padding-top: 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 0 0 .25rem; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
h4 { font-size: .85rem; margin: .9rem 0 .3rem; color: var(--soft); font-weight: 600; }
p { margin: .25rem 0; }
.note, .lead { color: var(--soft); max-width: 48rem; }
.note { font-size: .9rem; }
section { padding: 1.5rem 0 .5rem; border-top: 1px solid var(--line); margin-top: 1.25rem; }
nav { position: sticky; top: 0; background: #fff; border-bottom: 1px solid var(--line); z-index: 1; overflow-x: auto; white-space: nowrap; font-size: .9rem; margin-top: 1rem; }
nav a { display: inline-block; padding: .6rem .8rem .6rem 0; color: var(--accent); text-decoration: none; }
section { scroll-margin-top: 3rem; }
section:first-child { border-top: 0; margin-top: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem; margin: 1rem 0 0; }
.facts div { background: var(--field); border-radius: .5rem; padding: .6rem .8rem; }
.facts dt { font-size: .8rem; color: var(--soft); }
.facts dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1.25rem 1rem; margin-top: .75rem; }
figure { margin: 0; min-width: 0; max-width: 30rem; break-inside: avoid; }
figcaption { font-size: .9rem; font-weight: 600; overflow-wrap: anywhere; }
figcaption .key { font-weight: 400; font-size: .8rem; margin: .1rem 0 .2rem; color: var(--soft); }
figure > svg { width: 100%; height: auto; display: block; }
.wide { overflow-x: auto; margin-top: 1rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--soft); font-weight: 500; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
tbody th { font-weight: 600; }
th:last-child, td:last-child { padding-right: 0; }
.gain { color: var(--up); } .loss { color: var(--down); }
pre { font: .85rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
.request { margin-bottom: .4rem; }
.request { font-size: .8rem; }
.request, #config pre { background: var(--field); border-radius: .5rem; padding: .6rem .8rem; max-height: 20rem; overflow: auto; }
#config pre { max-height: none; margin-top: .5rem; }
summary { cursor: pointer; color: var(--accent); }
#map { width: 100%; height: auto; display: block; background: var(--field); border-radius: .5rem; cursor: pointer; touch-action: manipulation; }
#map .links path { stroke: #7b8794; stroke-width: 1; fill: none; opacity: .6; }
#map circle { stroke-width: 1.4; opacity: .9; }
#map .later { display: none; }
#map .chosen { stroke: #000; stroke-width: 3; opacity: 1; }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1rem; font-size: .85rem; margin: .5rem 0; padding: 0; list-style: none; }
.key svg { width: .9rem; height: .9rem; vertical-align: -.1rem; margin-right: .35rem; }
.controls { display: none; gap: .5rem; align-items: center; flex-wrap: wrap; font-size: .9rem; margin: .6rem 0; }
.scripted .controls { display: flex; }
.controls input { flex: 1 1 8rem; min-width: 6rem; accent-color: var(--accent); }
.controls select { flex: 1 1 12rem; min-width: 0; max-width: 100%; }
button, select { font: inherit; font-size: .9rem; color: var(--ink); background: #fff; border: 1px solid #b6c0ca; border-radius: .4rem; padding: .35rem .7rem; min-height: 2.4rem; cursor: pointer; }
button:focus-visible, select:focus-visible, summary:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.task-space { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
#group { align-self: start; border: 1px solid var(--line); border-radius: .6rem; padding: .9rem; min-width: 0; scroll-margin-top: 3.5rem; }
.tag { display: inline-block; background: var(--field); border-radius: .3rem; padding: 0 .45rem; margin: .15rem .3rem .15rem 0; font-size: .85rem; overflow-wrap: anywhere; }
.from, .failure, .left-out { font-size: .9rem; }
.failure { color: var(--down); overflow-wrap: anywhere; }
.rollouts { display: flex; gap: .6rem; overflow-x: auto; padding-bottom: .5rem; align-items: start; }
.rollout { flex: 1 0 13.5rem; border: 1px solid var(--line); border-top: 4px solid #b6c0ca; border-radius: .4rem; padding: .5rem .6rem; min-width: 0; }
.rollout.open { flex-basis: min(34rem, 78vw); }
.rollout.up { border-top-color: var(--up); } .rollout.down { border-top-color: var(--down); }
.rollout header { display: flex; justify-content: space-between; font-size: .9rem; }
.right { color: var(--up); } .wrong { color: var(--down); }
.rollout dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; margin: .3rem 0; font-size: .85rem; font-variant-numeric: tabular-nums; }
.rollout dt { color: var(--soft); } .rollout dd { margin: 0; text-align: right; }
.up dd.advantage { color: var(--up); font-weight: 600; } .down dd.advantage { color: var(--down); font-weight: 600; }
.said { max-height: 12rem; overflow: auto; margin: .4rem 0; }
.open .said { max-height: none; }
mark { color: inherit; background: #e4e9ee; border-right: 1px solid #fff; }
.up mark { background: #cfeede; } .down mark { background: #fbdccb; }
.untrained mark { background: none; border-right: 0; text-decoration: underline dotted var(--soft); }
mark.rare { font-weight: 700; }
.given { color: var(--soft); }
.feedback { font-size: .85rem; color: var(--soft); overflow-wrap: anywhere; }
footer { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: var(--soft); font-size: .85rem; }
@media (min-width: 56rem) { .task-space { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } #group { max-height: 36rem; overflow: auto; } }
@media (max-width: 40rem) { #group { padding: .7rem; } h1 { font-size: 1.4rem; } }
@media print {
  nav, .controls, .rollout button, .from button { display: none !important; }
  body { font-size: 11pt; } main, body > header { max-width: none; padding: 0; }
  section { break-inside: auto; } h2, h3, figcaption { break-after: avoid; }
  .charts { grid-template-columns: repeat(2, 1fr); }
  .task-space { grid-template-columns: 1fr; } #group, .said, .request { max-height: none; overflow: visible; }
  .rollouts { flex-wrap: wrap; overflow: visible; } .rollout { flex: 1 1 30%; break-inside: avoid; }
  mark, .facts div, #map { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .wide { overflow: visible; } th, td { white-space: normal; }
}
`;
