import { expect, test } from 'vitest';
import type { MetricsLine, RunInfo } from '../run/listener.ts';
import { jsonListener, Reporter } from './reporter.ts';
import type { Tour } from './tour.ts';

const INFO: RunInfo = {
  kind: 'train',
  folder: '/runs/a',
  device: 'cpu, 2 threads',
  parameterCount: 865_024,
  trainedCount: 865_024,
  memory: null,
  contextLength: 2048,
  domains: ['math'],
  iterations: 4,
  completed: 0,
};

const TOUR: Tour = { before: 'First it is asked.', training: 'Now it learns.', after: 'Again.' };

function line(iteration: number): MetricsLine {
  return { iteration, reward: 0.5, solved: 0.25, time: { tokens_per_second: 12_345 } };
}

function written(live: boolean, run: (reporter: Reporter) => void): string {
  const parts: string[] = [];
  const output = { write: (part: string) => void parts.push(part), live, columns: 200 };
  // Every look at the clock is a second later.
  const clock = [0, 1000, 2000, 3000];
  run(new Reporter(output, TOUR, () => clock.shift()!));
  return parts.join('');
}

test('a line of an iteration tells reward, solved share, speed and time left', () => {
  const text = written(false, (reporter) => {
    reporter.onStart(INFO);
    reporter.onIteration(line(0));
  });
  expect(text).toContain(
    'iteration 1/4 · reward 0.500 · solved 25.0 % · 12.3 k tokens/s · 3 s left',
  );
});

test('without a terminal no control sequence is written', () => {
  const text = written(false, (reporter) => {
    reporter.onStart(INFO);
    reporter.onProgress({ phase: 'rollout', iteration: 0, done: 1, total: 4 });
    reporter.onIteration(line(0));
    reporter.finish();
  });
  expect(text).not.toContain('\u001b');
});

test('on a terminal the line is redrawn in place, and cut to its width', () => {
  const parts: string[] = [];
  const output = { write: (part: string) => void parts.push(part), live: true, columns: 40 };
  const reporter = new Reporter(output);
  reporter.onStart(INFO);
  reporter.onIteration(line(0));
  const last = parts.join('').split('\r\u001b[2K').at(-1)!;
  expect(last.length).toBeLessThan(40);
  expect(last).not.toContain('\n');
});

test('a resumed run says where it goes on', () => {
  const text = written(false, (reporter) => reporter.onStart({ ...INFO, completed: 2 }));
  expect(text).toContain('Going on after iteration 2 of 4.');
});

test('each stage is told of once, before it begins', () => {
  const text = written(false, (reporter) => {
    reporter.onStart(INFO);
    const evaluating = { phase: 'evaluation', done: 1, total: 2 } as const;
    reporter.onProgress({ ...evaluating, iteration: 0 });
    for (const iteration of [0, 1]) {
      reporter.onProgress({ phase: 'rollout', iteration, done: 1, total: 4 });
    }
    reporter.onProgress({ ...evaluating, iteration: 4 });
  });
  expect(text.match(/First it is asked|Answering|Now it learns|Again/gu)).toEqual([
    'First it is asked',
    'Answering',
    'Now it learns',
    'Again',
    'Answering',
  ]);
});

test('of several domains each says what it solves', () => {
  const text = written(false, (reporter) => {
    reporter.onStart({ ...INFO, domains: ['math', 'mle', 'tools'] });
    reporter.onIteration({ ...line(0), 'math/solved': 0.5, 'mle/solved': 0.125 });
  });
  expect(text).toContain('· solved math 50.0 %, mle 12.5 % ·');
});

test('for machines every event is one line of JSON', () => {
  const lines: string[] = [];
  const listener = jsonListener((text) => lines.push(text));
  listener.onStart?.(INFO);
  listener.onIteration?.(line(0));
  listener.onCheckpoint?.('/runs/a/checkpoints/1');
  expect(lines.every((text) => text.endsWith('\n'))).toBe(true);
  expect(lines.map((text) => (JSON.parse(text) as { event: string }).event)).toEqual([
    'start',
    'iteration',
    'checkpoint',
  ]);
});
