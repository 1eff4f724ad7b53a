/** An ablation's table for people: Markdown with intervals, comma-separated values, and a short form for the terminal. */
import Table from 'cli-table3';
import type { AblationReport } from './ablate.ts';
import type { Compared, Measured } from './statistics.ts';
import type { DomainTable, TablePair, TableRow } from './table.ts';

/** The whole report in Markdown. */
export function renderMarkdown(report: AblationReport): string {
  const { tokens, seeds, rewrites, split } = report;
  return [
    `# Ablation: ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} of each variant, ${tokens} sampled tokens a run`,
    `Accuracy in per cent on ${split} tasks after k rewrites: mean over seeds ± standard deviation over seeds, in brackets the 95 % bootstrap interval over seeds and tasks. Δ is the change from k = 0 to k = ${rewrites.at(-1)}. Keep and fix: of right (wrong) answers shown, the share that is right after one rewrite.`,
    ratesText(report),
    ...report.domains.map((domain) => domainMarkdown(domain, rewrites)),
    '',
  ].join('\n\n');
}

/** One line for each domain, variant and quantity, with the values of the seeds. */
export function renderCsv({ domains, rewrites }: AblationReport): string {
  const lines = domains.flatMap(({ domain, rows }) =>
    rows.flatMap((row) => {
      const quantities: [string, Measured | null][] = [
        ...rewrites.map((k, index): [string, Measured | null] => [
          `accuracy_k${k}`,
          row.accuracy[index]!,
        ]),
        ['gain', row.gain],
        ['keep', row.keep],
        ['fix', row.fix],
      ];
      return quantities.map(([quantity, measured]) =>
        [
          domain,
          row.variant,
          row.learningRate ?? '',
          Math.round(row.tokens),
          quantity,
          measured?.value ?? '',
          measured?.deviation ?? '',
          measured?.low ?? '',
          measured?.high ?? '',
          (measured?.bySeed ?? []).map((value) => value ?? '').join(' '),
        ].join(','),
      );
    }),
  );
  const head = 'domain,variant,learning_rate,tokens,quantity,mean,std,low,high,by_seed';
  return `${[head, ...lines].join('\n')}\n`;
}

/** What fits a terminal. */
export function renderTerminal({ domains, rewrites }: AblationReport): string {
  return domains
    .map(({ domain, tasks, rows, pairs }) => {
      const table = new Table({
        head: [`${domain} (${tasks})`, ...rewrites.map((k) => `k=${k}`), 'Δ', 'keep', 'fix'],
        style: { head: [], border: [], compact: true },
      });
      for (const row of rows) {
        const accuracy = row.accuracy.map((measured) => withSpread(measured));
        table.push([
          row.variant,
          ...accuracy,
          signed(row.gain),
          percent(row.keep),
          percent(row.fix),
        ]);
      }
      return [table.toString(), ...pairs.map((pair) => pairLine(pair, rewrites.at(-1)!))].join(
        '\n',
      );
    })
    .join('\n\n');
}

function ratesText({ tuning, learningRates, validationTasks }: AblationReport): string {
  const chosen = Object.entries(learningRates).map(([variant, rate]) => `${variant} ${rate}`);
  if (tuning.length === 0) return `Learning rates, as configured: ${chosen.join(', ')}.`;
  const tried = [...new Set(tuning.map(({ learningRate }) => learningRate))].join(', ');
  const seeds = [...new Set(tuning.flatMap((trial) => trial.seeds))].join(', ');
  return `Learning rates, each variant's best of ${tried} by accuracy after the most rewrites on ${validationTasks} validation tasks, with seeds that are not reported (${seeds}): ${chosen.join(', ')}.`;
}

function domainMarkdown({ domain, tasks, rows, pairs }: DomainTable, rewrites: readonly number[]) {
  const most = rewrites.at(-1)!;
  const head = [
    'method',
    ...rewrites.map((k) => `k = ${k}`),
    `Δ_${most}`,
    'keep',
    'fix',
    'tokens',
    'rate',
  ];
  const body = rows.map((row) => rowCells(row).join(' | '));
  const table = [head.join(' | '), head.map(() => '---').join(' | '), ...body];
  const compared = [
    `pair | accuracy at k = ${most} | permutation p | seeds won–lost, sign p | Δ_${most} | permutation p | accuracy at k = 0`,
    '--- | --- | --- | --- | --- | --- | ---',
    ...pairs.map(pairCells),
  ];
  return [
    `## ${domain}: ${tasks} tasks`,
    table.map((line) => `| ${line} |`).join('\n'),
    ...(pairs.length > 0
      ? [
          "Differences in points, first minus second, on the same tasks and seeds. The permutation test flips the sign of each task's mean difference.",
          compared.map((line) => `| ${line} |`).join('\n'),
        ]
      : []),
  ].join('\n\n');
}

function rowCells(row: TableRow): string[] {
  return [
    row.variant,
    ...row.accuracy.map((measured) => withInterval(measured, withSpread(measured))),
    withInterval(row.gain, signed(row.gain)),
    percent(row.keep),
    percent(row.fix),
    row.variant === 'base' ? '–' : String(Math.round(row.tokens)),
    row.learningRate === null ? '–' : String(row.learningRate),
  ];
}

function pairCells({ first, second, accuracy, gain, accuracyAtFirst }: TablePair): string {
  const probability = (compared: Compared | null) =>
    compared === null ? '–' : showProbability(compared.permutation);
  const seeds =
    accuracy === null
      ? '–'
      : `${accuracy.wins}–${accuracy.losses}, ${showProbability(accuracy.sign)}`;
  return [
    `${first} − ${second}`,
    difference(accuracy),
    probability(accuracy),
    seeds,
    difference(gain),
    probability(gain),
    difference(accuracyAtFirst),
  ].join(' | ');
}

function pairLine({ first, second, accuracy, gain }: TablePair, most: number): string {
  const p = accuracy === null ? '' : `, p ${showProbability(accuracy.permutation)}`;
  return `${first} − ${second}: k=${most} ${difference(accuracy)}${p}; Δ ${difference(gain)}`;
}

function difference(compared: Compared | null): string {
  return compared === null ? '–' : withInterval(compared, sign(compared.value));
}

function withInterval(measured: { low: number; high: number } | null, text: string): string {
  if (measured === null) return text;
  return `${text} [${points(measured.low)}, ${points(measured.high)}]`;
}

function withSpread(measured: Measured | null): string {
  if (measured === null) return '–';
  const spread = measured.deviation === null ? '' : `±${points(measured.deviation)}`;
  return `${points(measured.value)}${spread}`;
}

function signed(measured: Measured | null): string {
  return measured === null ? '–' : sign(measured.value);
}

function sign(value: number): string {
  return `${value < 0 ? '−' : '+'}${points(Math.abs(value))}`;
}

function percent(measured: Measured | null): string {
  return measured === null ? '–' : points(measured.value);
}

function points(share: number): string {
  return (100 * share).toFixed(1).replace('-', '−');
}

function showProbability(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}
