/** Judges one answer at a time inside a worker thread; started by `pool.ts`. */
import { parentPort } from 'node:worker_threads';
import type { PoolReply, PoolRequest } from './pool.ts';
import { verifyAnswer } from './verify.ts';

const port = parentPort;
if (port === null)
  throw new Error('pool-worker: expected to run in a worker thread. Use createVerifierPool.');

// The first verdicts would otherwise pay for compiling the verifier.
const WARM_UP = [
  '\\frac{1}{2}',
  '\\sqrt{8}',
  '(1, 2]',
  'x^2 + 2x + 1',
  '\\sin^2 x',
  '3, 5',
  'x = 4',
  '\\text{yes}',
  '1 + 2i',
];
for (let round = 0; round < 3; round++) {
  for (const gold of WARM_UP) {
    for (const given of WARM_UP) verifyAnswer(gold, `So the answer is \\boxed{${given}}.`);
  }
}

port.on('message', ({ gold, response, options }: PoolRequest) => {
  const start = performance.now();
  const verdict = verifyAnswer(gold, response, options);
  port.postMessage({ verdict, timeMs: performance.now() - start } satisfies PoolReply);
});
port.postMessage('ready');
