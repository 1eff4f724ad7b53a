import { coloursOf, lineChart } from './charts.ts';
import type { Cell } from './csv.ts';
import { type Chart, curveOf, type Figure, type FigureSource } from './figure.ts';

const SIGNALS = [
  { name: 'loss', title: 'Loss' },
  { name: 'held_out_loss', title: 'Loss on held-out demonstrations' },
  { name: 'entropy', title: 'Entropy, nats a token' },
  { name: 'kl', title: 'KL from the reference' },
  { name: 'grad_norm', title: 'Norm of the gradient' },
  { name: 'completions/mean_length', title: 'Tokens of a rollout' },
  { name: 'completions/clipped_ratio', title: 'Share of rollouts cut off', share: true },
  { name: 'frac_reward_zero_std', title: 'Share of groups without a difference', share: true },
] as const;

/** What the optimiser saw. */
export async function signalsFigure({ run }: FigureSource): Promise<Figure> {
  const charts: Chart[] = [];
  const rows: Cell[][] = [];
  for (const { name, title, ...how } of SIGNALS) {
    const points = curveOf(run, name);
    if (points.length === 0) continue;
    const drawn = await lineChart([{ name, points }], { ...how, colours: coloursOf([name]) });
    charts.push({ title, ...drawn });
    rows.push(...points.map(({ iteration, value }) => [name, iteration, value]));
  }
  return {
    id: 'signals',
    title: 'Optimiser and completions',
    note: charts.length > 0 ? 'Over all domains together.' : 'No iteration is complete yet.',
    charts,
    csv: { head: ['measure', 'iteration', 'value'], rows },
  };
}
