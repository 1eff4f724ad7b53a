import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineDomain } from '@taskspace/core';

/** Whether the faulty task is left out of training. */
export interface FaultyOptions {
  readonly excluded: boolean;
}

/** A domain with one faulty task and one file to download. */
// biome-ignore lint/style/noDefaultExport: that is what a plugin is.
export default defineDomain<FaultyOptions>({
  name: 'faulty',
  version: '0.0.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: { excluded: { type: 'boolean', default: false } },
  },
  create({ excluded }) {
    return {
      tasks: (split) => ({ split, size: 0, at: () => Promise.reject(new Error('no tasks')) }),
      environment: { open: () => Promise.reject(new Error('no tasks')) },
      verifier: { verify: () => ({ quality: 0, correct: false }) },
      async *lint() {
        const message = 'its solution is refused';
        yield { taskId: 'one', rule: 'gold-replay', severity: 'error', message, excluded };
      },
      datasets: {
        tiny: {
          description: 'One file of one letter.',
          async download(folder, { onFile }) {
            await writeFile(join(folder, 'file.txt'), 'x');
            onFile('file.txt');
          },
        },
      },
    };
  },
});
