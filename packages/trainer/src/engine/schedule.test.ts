import { describe, expect, test } from 'vitest';
import { type LearningRateSchedule, learningRateAt } from './schedule.ts';

const base = { learningRate: 2, warmupSteps: 4, totalSteps: 14, finalFraction: 0.1 } as const;
const rates = (schedule: LearningRateSchedule) =>
  Array.from({ length: 16 }, (_, step) => learningRateAt(schedule, step));

describe('learningRateAt', () => {
  test.each(['constant', 'linear', 'cosine'] as const)(
    '%s warms up linearly to the peak',
    (kind) => {
      expect(rates({ ...base, kind }).slice(0, 5)).toEqual([0.5, 1, 1.5, 2, 2]);
    },
  );

  test('constant stays at the peak', () => {
    expect(new Set(rates({ ...base, kind: 'constant' }).slice(4))).toEqual(new Set([2]));
  });

  test('linear falls by equal amounts to the final fraction at the last step and stays', () => {
    const tail = rates({ ...base, kind: 'linear' }).slice(4);
    expect(tail[1]! - tail[2]!).toBeCloseTo(tail[7]! - tail[8]!, 12);
    expect(tail[9]).toBeCloseTo(0.2, 12);
    expect(tail[11]).toBeCloseTo(0.2, 12);
  });

  test('cosine is half way between peak and end at half time', () => {
    const schedule = { ...base, kind: 'cosine', warmupSteps: 0, totalSteps: 11 } as const;
    expect(learningRateAt(schedule, 5)).toBeCloseTo(1.1, 12);
    expect(learningRateAt(schedule, 10)).toBeCloseTo(0.2, 12);
  });

  test('a run of one step takes it at the peak', () => {
    const schedule = { ...base, kind: 'cosine', warmupSteps: 0, totalSteps: 1 } as const;
    expect(learningRateAt(schedule, 0)).toBe(2);
  });
});
