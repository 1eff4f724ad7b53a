// Stands in for the verifier's worker: hangs, throws or answers as it is told.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ response }) => {
  if (response === 'hang') for (;;);
  if (response === 'throw') throw new Error('told to throw');
  parentPort.postMessage({ verdict: { correct: response === '1' }, timeMs: 0 });
});
parentPort.postMessage('ready');
