import { ConfigError } from '@taskspace/core';
import { loadEvalConfig } from '../run/load-config.ts';
import { type Solution, solve } from '../run/solve.ts';
import { type PolicyOptions, policySource } from './eval.ts';
import { EXIT, interruptSignal } from './exit.ts';
import { terminal } from './terminal.ts';

/** Options of `taskspace solve`. */
export interface SolveOptions extends PolicyOptions {
  readonly config?: string;
  readonly policy?: string;
  readonly split?: string;
  readonly rewrites: string;
}

/** Searches for the solution of one task; gives the exit code. */
export async function solveCommand(
  domain: string,
  task: string,
  options: SolveOptions,
): Promise<number> {
  const { config: file, policy, split } = options;
  const rewrites = Number(options.rewrites);
  if (!Number.isInteger(rewrites) || rewrites < 0 || rewrites > 1024) {
    const expected = 'an integer from 0 to 1024';
    throw new ConfigError(
      [{ path: '--rewrites', expected, got: options.rewrites }],
      'command line',
    );
  }
  const set = [
    ...options.set,
    ...(policy === undefined ? [] : [`policy=${policy}`]),
    ...(split === undefined ? [] : [`evaluation.split=${split}`]),
  ];
  const source = policySource(file, { ...options, set });
  const loaded = await loadEvalConfig(
    file === undefined ? { ...source, value: { domains: { [domain]: {} } } } : source,
  );
  const section = loaded.config.domains[domain];
  if (!section) {
    const expected = `one of the config's domains: ${Object.keys(loaded.config.domains).join(', ')}`;
    throw new ConfigError([{ path: 'domain', expected, got: domain }], file ?? 'command line');
  }
  const signal = interruptSignal(() => undefined);
  try {
    const solution = await solve(
      {
        config: { ...loaded.config, domains: { [domain]: section } },
        domains: loaded.domains.filter(({ name }) => name === domain),
      },
      { domain, task, rewrites },
      {
        signal,
        listener: options.json ? {} : { onNotice: (message) => terminal().write(`${message}\n`) },
      },
    );
    const { nodes, ...found } = solution;
    process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : describe(solution));
    return EXIT.ok;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return EXIT.interrupted;
    throw error;
  }
}

function describe(solution: Solution): string {
  const { task, responses, quality, correct, selectedBy, firstQuality, nodes, failure } = solution;
  const first = firstQuality === null ? '' : `, first ${firstQuality.toFixed(3)}`;
  return [
    `${task}: ${nodes.length} responses, best selected by ${selectedBy === 'quality' ? "the verifier's own quality" : selectedBy}`,
    '',
    responses.at(-1)!,
    '',
    `quality ${quality.toFixed(3)}${first}, ${correct ? 'right' : 'wrong'}`,
    ...(failure === null ? [] : [`The search ended early: ${failure.message}`]),
    `Written to ${solution.folder}: best.txt, score.json, tree.json, tree.svg`,
    '',
  ].join('\n');
}
