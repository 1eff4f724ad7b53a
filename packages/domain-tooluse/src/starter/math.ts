import { between, pick } from '@taskspace/core';
import { member, type Scene, type Step, type Walk } from './walk.ts';

function numbers(walk: Walk): number[] {
  return Array.from({ length: between(walk.random, 3, 5) }, () => between(walk.random, 1, 99));
}

function result(value: Parameters<typeof member>[0]): number {
  return Number(member(value, 'result'));
}

const steps: readonly Step[] = [
  (walk) => {
    const list = numbers(walk);
    walk.call('mean', { numbers: list });
    return pick(walk.random, [
      `What is the average of ${list.join(', ')}?`,
      `Give me the mean of these numbers: ${list.join(', ')}.`,
    ]);
  },
  (walk) => {
    const list = numbers(walk);
    const total = result(walk.call('sum_values', { numbers: list }));
    const part = list[0]!;
    walk.call('percentage', { part, whole: total });
    return `Add up ${list.join(', ')}, and tell me how many per cent of the sum ${part} is.`;
  },
  (walk) => {
    const [a, b] = [between(walk.random, 2, 30), between(walk.random, 2, 30)];
    const product = result(walk.call('multiply', { a, b }));
    const less = between(walk.random, 1, 20);
    walk.call('subtract', { a: product, b: less });
    return `Multiply ${a} by ${b}, then take ${less} away from the product.`;
  },
  (walk) => {
    const list = numbers(walk);
    const high = result(walk.call('max_value', { numbers: list }));
    const low = result(walk.call('min_value', { numbers: list }));
    walk.call('subtract', { a: high, b: low });
    return `Of ${list.join(', ')}, find the largest and the smallest number, and subtract the small one from the large one.`;
  },
  (walk) => {
    const list = numbers(walk);
    walk.call('standard_deviation', { numbers: list });
    return `How far do ${list.join(', ')} spread? I want the standard deviation.`;
  },
  (walk) => {
    const value = between(walk.random, 2, 50);
    walk.call('imperial_si_conversion', { value, unit_in: 'miles', unit_out: 'km' });
    return `Convert ${value} miles to km.`;
  },
  (walk) => {
    const [base, exponent] = [between(walk.random, 2, 9), between(walk.random, 2, 4)];
    walk.call('power', { base, exponent });
    return `What is ${base} to the power of ${exponent}?`;
  },
];

/** Arithmetic; nothing to change. */
export const mathScene: Scene = { class: 'MathAPI', config: () => ({}), steps };
