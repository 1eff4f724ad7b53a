/**
 * The page's only script: opens points and rollouts. It builds elements and sets their text; nothing a run says is ever read as
 * markup, style or code.
 */
export const PAGE_SCRIPT = `'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const { groups } = JSON.parse(byId('data').textContent);
  const panel = byId('group');
  const below = byId('rollouts');
  const pick = byId('pick');
  const map = byId('map');
  const upTo = byId('up-to');
  const positionOf = new Map(groups.map(({ id }, position) => [id, position]));
  if (groups.length === 0 || !panel) return;

  const make = (name, kind, text) => {
    const element = document.createElement(name);
    if (kind) element.className = kind;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const number = (value, digits) => (value === null ? '–' : value.toFixed(digits).replace('-', '−'));
  const signed = (value) => (value === null ? '–' : (value > 0 ? '+' : '') + number(value, 2));

  const open = (position, reveal) => {
    const group = groups[position];
    panel.replaceChildren(...describe(group));
    below.replaceChildren(...rolloutsOf(group));
    pick.value = String(position);
    for (const old of document.querySelectorAll('#map .chosen')) old.classList.remove('chosen');
    const dot = map && map.querySelector('[data-group="' + position + '"]');
    if (dot) {
      dot.classList.add('chosen');
      dot.parentNode.append(dot);
    }
    if (reveal && panel.getBoundingClientRect().top > innerHeight * 0.8) panel.scrollIntoView({ block: 'start' });
  };

  const describe = (group) => {
    const title = make('h3', '', group.task || 'task without a name');
    const about = make('p', 'about');
    const facts = [group.domain, group.category, group.mode, 'depth ' + group.depth, 'iteration ' + group.iteration];
    for (const fact of facts) if (fact) about.append(make('span', 'tag', fact));
    const parts = [title, about];
    if (group.origin) {
      const from = make('p', 'from', 'Starts from rollout ' + group.origin + ', quality ' + number(group.startQuality, 2) + '. ');
      const parent = positionOf.get(group.origin.split('/').slice(0, 2).join('/'));
      if (parent !== undefined) {
        const button = make('button', '', 'Open it');
        button.type = 'button';
        button.addEventListener('click', () => open(parent, true));
        from.append(button);
      } else from.append('It is not in this page.');
      parts.push(from);
    }
    parts.push(make('h4', '', 'What the policy read'), make('pre', 'request', group.request || 'Not logged.'));
    for (const [kind, message] of group.failures) {
      const failure = make('p', 'failure');
      failure.append(make('strong', '', 'Failed: ' + kind), ' ' + message);
      parts.push(failure);
    }
    return parts;
  };

  const rolloutsOf = ({ rollouts, qualities, request }) => {
    if (rollouts === null) {
      const known = qualities.map((quality) => number(quality, 2)).join(', ');
      return [make('p', 'left-out', 'Its rollouts are left out of this page to keep it small; their qualities: ' + known + '.')];
    }
    const row = make('div', 'rollouts');
    row.append(...rollouts.map((rollout, index) => card(rollout, index, request)));
    return [make('h4', '', 'Its ' + rollouts.length + ' rollouts'), row];
  };

  const card = (rollout, index, request) => {
    const { advantage, trained } = rollout;
    const way = !trained ? 'untrained' : advantage > 0 ? 'up' : advantage < 0 ? 'down' : 'level';
    const element = make('article', 'rollout ' + way);
    const head = make('header');
    head.append(make('b', '', String(index + 1)), make('span', rollout.correct ? 'right' : 'wrong', rollout.correct ? '✓ right' : '✗ not right'));
    const numbers = make('dl');
    const rows = [
      ['reward', number(rollout.reward, 2)],
      ['advantage', signed(advantage)],
      ['quality', number(rollout.quality, 2)],
      ['tokens', rollout.tokens + (trained ? ' trained' : ' not trained')],
    ];
    if (rollout.truncated || rollout.ending !== 'done') rows.push(['ending', rollout.truncated ? 'cut off' : rollout.ending]);
    for (const [name, value] of rows) numbers.append(make('dt', '', name), make('dd', name, value));
    const text = make('pre', 'said');
    fill(text, rollout, request, false);
    element.append(head, numbers, text);
    if (rollout.feedback) element.append(make('p', 'feedback', rollout.feedback));
    const button = make('button', 'whole', 'Whole rollout');
    button.type = 'button';
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', () => {
      const whole = element.classList.toggle('open');
      button.textContent = whole ? 'Less' : 'Whole rollout';
      button.setAttribute('aria-expanded', String(whole));
      fill(text, rollout, request, whole);
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
    element.append(button);
    return element;
  };

  /** Sampled tokens are marked one by one; the rest of the conversation is shown when the whole rollout is. */
  const fill = (target, { stretches }, request, whole) => {
    target.replaceChildren();
    stretches.forEach((stretch, index) => {
      if (!Array.isArray(stretch)) {
        if (whole) target.append(make('span', 'given', stretch === 0 ? request : stretch));
        else if (index > 0) target.append(make('span', 'given', ' … '));
        return;
      }
      const [texts, logprobs] = stretch;
      texts.forEach((text, place) => {
        const mark = make('mark', '', text);
        const logprob = logprobs[place];
        if (logprob !== null) {
          mark.title = 'probability ' + (100 * Math.exp(logprob)).toFixed(1) + ' %';
          if (logprob < -1.2) mark.classList.add('rare');
        }
        target.append(mark);
      });
    });
  };

  pick.addEventListener('change', () => open(Number(pick.value), false));
  for (const [id, by] of [['earlier', -1], ['later', 1]]) {
    byId(id).addEventListener('click', () => {
      open(Math.min(groups.length - 1, Math.max(0, Number(pick.value) + by)), false);
    });
  }

  if (map) {
    const dots = [...map.querySelectorAll('circle')];
    const links = [...map.querySelectorAll('path')];
    // The nearest point within a finger's width, so that small points can be hit.
    map.addEventListener('click', (event) => {
      let best = null;
      let least = 24;
      for (const dot of dots) {
        if (dot.classList.contains('later')) continue;
        const box = dot.getBoundingClientRect();
        const distance = Math.hypot(box.x + box.width / 2 - event.clientX, box.y + box.height / 2 - event.clientY);
        if (distance < least) [best, least] = [dot, distance];
      }
      if (best) open(Number(best.dataset.group), true);
    });
    const show = () => {
      const last = Number(upTo.value);
      byId('shown').textContent = 'up to iteration ' + (last + 1);
      for (const mark of [...dots, ...links]) mark.classList.toggle('later', Number(mark.dataset.iteration) > last);
    };
    upTo.addEventListener('input', show);
    show();
  }
  document.body.classList.add('scripted');
  const spread = (own) => {
    const known = own.filter((value) => value !== null);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    return known.length < 2 ? -1 : known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
  };
  let first = 0;
  groups.forEach(({ qualities, rollouts }, position) => {
    if (rollouts && spread(qualities) >= spread(groups[first].qualities)) first = position;
  });
  open(first, false);
})();
`;
