import { ConfigError, type TaskDefect } from '@taskspace/core';
import Table from 'cli-table3';
import { EXIT, interruptSignal } from './exit.ts';
import { openDomain } from './load-domain.ts';

/** Options of `taskspace lint`. */
export interface LintOptions {
  readonly set: readonly string[];
  readonly json?: boolean;
}

/**
 * Reports what is wrong with a domain's tasks; gives the exit code, which is a failure when a faulty task would be trained on.
 */
export async function lintCommand(
  name: string,
  { set, json = false }: LintOptions,
): Promise<number> {
  await using domain = await openDomain(name, set);
  if (!domain.parts.lint) {
    const got = `${domain.name}, which cannot`;
    throw new ConfigError(
      [{ path: 'domain', expected: 'a domain that can check its own tasks', got }],
      'command line',
    );
  }
  const signal = interruptSignal(() => undefined);
  const defects: TaskDefect[] = [];
  try {
    for await (const defect of domain.parts.lint(signal)) {
      defects.push(defect);
      if (json) process.stdout.write(`${JSON.stringify(defect)}\n`);
    }
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  }
  if (!json) process.stdout.write(`${renderDefects(domain.name, defects)}\n`);
  const harmful = defects.some(({ severity, excluded }) => severity === 'error' && !excluded);
  return harmful ? EXIT.failed : EXIT.ok;
}

/** Defects as a table, with what it means for training. */
export function renderDefects(name: string, defects: readonly TaskDefect[]): string {
  if (defects.length === 0) return `${name}: no defect found.`;
  const table = new Table({
    head: ['task', 'rule', 'severity', 'what is wrong', 'in training'],
    style: { head: [], border: [], compact: true },
    colWidths: [null, null, null, 44, null],
    wordWrap: true,
  });
  for (const { taskId, rule, severity, message, excluded } of defects) {
    table.push([taskId, rule, severity, message, excluded ? 'left out' : 'used']);
  }
  const errors = defects.filter(({ severity }) => severity === 'error').length;
  const excluded = new Set(defects.filter((defect) => defect.excluded).map(({ taskId }) => taskId));
  return `${table.toString()}\n${name}: ${defects.length} defects, ${errors} of them errors; ${excluded.size} tasks left out of training.`;
}
