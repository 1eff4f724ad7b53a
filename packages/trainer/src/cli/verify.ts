import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ConfigError, DataError, type ScoredCompletion, showValue } from '@taskspace/core';
import { EXIT } from './exit.ts';
import { formatShare } from './format.ts';
import { openDomain } from './load-domain.ts';

/** Options of `taskspace verify`. */
export interface VerifyCommandOptions {
  readonly set: readonly string[];
  readonly json?: boolean;
  readonly explain?: boolean;
}

/** Judges the completions of a JSON Lines file with a domain's verifier; gives the exit code. */
export async function verifyCommand(
  name: string,
  file: string,
  { set, json = false, explain = false }: VerifyCommandOptions,
): Promise<number> {
  await using domain = await openDomain(name, set);
  const { parts } = domain;
  if (!parts.scoreCompletions) {
    throw new ConfigError(
      [
        {
          path: 'domain',
          expected: 'a domain that scores completions from a file',
          got: `${domain.name}, which does not`,
        },
      ],
      'command line',
    );
  }
  let total = 0;
  let correct = 0;
  for await (const scored of parts.scoreCompletions(readLines(file), { explain })) {
    total += 1;
    correct += Number(scored.correct);
    process.stdout.write(json ? `${JSON.stringify(scored)}\n` : `${describe(scored)}\n`);
  }
  if (!json) {
    const share = total === 0 ? undefined : correct / total;
    process.stdout.write(`${correct} of ${total} correct (${formatShare(share)})\n`);
  }
  return EXIT.ok;
}

function describe({ id, correct, reason, explanation }: ScoredCompletion): string {
  const details = Object.entries(explanation ?? {}).map(
    ([key, value]) => `\n    ${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${correct ? 'right' : 'wrong'}  ${id}: ${reason}${details.join('')}`;
}

/** @throws {@link DataError} when the file cannot be read, or naming the line that is not JSON. */
async function* readLines(file: string): AsyncGenerator<unknown> {
  const stream = createReadStream(file, 'utf8');
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      if (line.trim() !== '') yield parseLine(line, file, number);
    }
  } catch (cause) {
    if (cause instanceof DataError || !(cause instanceof Error) || !('code' in cause)) throw cause;
    throw new DataError(
      file,
      null,
      `expected a readable file, got ${String(cause.code)}. Correct the path.`,
      { cause },
    );
  } finally {
    stream.destroy();
  }
}

function parseLine(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new DataError(
      file,
      number,
      `expected one JSON object a line, got ${showValue(line)}. Correct the line.`,
      { cause },
    );
  }
}
