import { createRandom } from '@taskspace/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { Graph } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/serialize.ts';
import { addLossKernel } from './kernels.ts';

/** float32 sums of a few dozen terms against float64. */
const TOLERANCE = 1e-4;
/** Central differences of a float64 oracle: the error of the graph's float32 gradient remains. */
const SLOPE_TOLERANCE = 2e-4;

interface Case {
  readonly rows: number;
  readonly length: number;
  readonly vocabulary: number;
  readonly logits: number[];
  readonly targets: number[];
  readonly weights: number[];
  readonly advantages: number[];
  readonly oldLogprobs: number[];
  readonly referenceLogprobs: number[];
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly klCoefficient: number;
  readonly temperature: number;
}

type Kernel = 'cross-entropy' | 'clipped-ratio';

function randomCase(seed: number, changes: Partial<Case> = {}): Case {
  const random = createRandom(seed);
  const [rows, length, vocabulary] = [2, 5, 7];
  const spread = (count: number, low: number, high: number): number[] =>
    Array.from({ length: count }, () => low + (high - low) * random.next());
  const tokens = rows * length;
  return {
    rows,
    length,
    vocabulary,
    logits: spread(tokens * vocabulary, -2, 2),
    targets: Array.from({ length: tokens }, () => random.integer(vocabulary)),
    weights: spread(tokens, 0, 1).map((weight) => (weight < 0.3 ? 0 : weight)),
    advantages: spread(tokens, -2, 2),
    oldLogprobs: spread(tokens, -4, -0.5),
    referenceLogprobs: spread(tokens, -4, -0.5),
    clipLow: 0.2,
    clipHigh: 0.3,
    klCoefficient: 0.1,
    temperature: 0.8,
    ...changes,
  };
}

/** The same loss in plain loops and float64. */
function oracle(
  kernel: Kernel,
  c: Case,
): { loss: number; logprobs: number[]; entropies: number[] } {
  const temperature = kernel === 'clipped-ratio' ? c.temperature : 1;
  let loss = 0;
  const logprobs: number[] = [];
  const entropies: number[] = [];
  for (let t = 0; t < c.rows * c.length; t++) {
    const row = c.logits.slice(t * c.vocabulary, (t + 1) * c.vocabulary);
    const scaled = row.map((logit) => logit / temperature);
    const total = Math.log(scaled.reduce((sum, logit) => sum + Math.exp(logit), 0));
    const distribution = scaled.map((logit) => logit - total);
    const p = distribution[c.targets[t]!]!;
    logprobs.push(p);
    entropies.push(-distribution.reduce((sum, each) => sum + Math.exp(each) * each, 0));
    if (c.weights[t] === 0) continue;
    loss += c.weights[t]! * (kernel === 'cross-entropy' ? -p : clippedRatio(c, p, t));
  }
  return { loss, logprobs, entropies };
}

function clippedRatio(c: Case, p: number, t: number): number {
  const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));
  const ratio = Math.exp(clamp(p - c.oldLogprobs[t]!, -20, 20));
  const advantage = c.advantages[t]!;
  const clipped = clamp(ratio, 1 - c.clipLow, 1 + c.clipHigh);
  const x = clamp(c.referenceLogprobs[t]! - p, -20, 20);
  const k3 = Math.min(10, Math.exp(x) - x - 1);
  return -Math.min(ratio * advantage, clipped * advantage) + c.klCoefficient * k3;
}

function slopes(kernel: Kernel, c: Case): number[] {
  const step = 1e-5;
  return c.logits.map((_, index) => {
    const at = (shift: number): number => {
      const logits = c.logits.with(index, c.logits[index]! + shift);
      return oracle(kernel, { ...c, logits }).loss;
    };
    return (at(step) - at(-step)) / (2 * step);
  });
}

const sessions = new Map<Kernel, Promise<InferenceSession>>();

function sessionOf(kernel: Kernel): Promise<InferenceSession> {
  const session = sessions.get(kernel) ?? InferenceSession.create(serializeModel(build(kernel)));
  sessions.set(kernel, session);
  return session;
}

function build(kernel: Kernel): Graph {
  const graph = new Graph(kernel);
  const perToken = (name: string) => graph.input(name, 'float32', ['B', 'T']);
  const scalar = (name: string) => graph.input(name, 'float32', []);
  const logits = graph.input('logits', 'float32', ['B', 'T', 7]);
  const targets = graph.input('targets', 'int64', ['B', 'T']);
  const { loss, logprobs, entropies } = addLossKernel(graph, kernel, {
    logits,
    targets,
    weights: perToken('weights'),
    ...(kernel === 'clipped-ratio' && {
      temperature: scalar('temperature'),
      advantages: perToken('advantages'),
      oldLogprobs: perToken('oldLogprobs'),
      clipLow: scalar('clipLow'),
      clipHigh: scalar('clipHigh'),
      referenceLogprobs: perToken('referenceLogprobs'),
      klCoefficient: scalar('klCoefficient'),
    }),
  });
  graph.output('loss', loss);
  graph.output('logprobs', logprobs);
  graph.output('entropies', entropies);
  graph.output('slopes', gradients(graph, loss, [logits])[0]!);
  return graph;
}

async function evaluate(kernel: Kernel, c: Case) {
  const session = await sessionOf(kernel);
  const perToken = (values: readonly number[]) =>
    new Tensor('float32', Float32Array.from(values), [c.rows, c.length]);
  const scalar = (value: number) => new Tensor('float32', Float32Array.of(value), []);
  const all: Record<string, Tensor> = {
    logits: new Tensor('float32', Float32Array.from(c.logits), [c.rows, c.length, c.vocabulary]),
    targets: new Tensor('int64', BigInt64Array.from(c.targets, BigInt), [c.rows, c.length]),
    weights: perToken(c.weights),
    advantages: perToken(c.advantages),
    oldLogprobs: perToken(c.oldLogprobs),
    referenceLogprobs: perToken(c.referenceLogprobs),
    clipLow: scalar(c.clipLow),
    clipHigh: scalar(c.clipHigh),
    klCoefficient: scalar(c.klCoefficient),
    temperature: scalar(c.temperature),
  };
  const feeds = Object.fromEntries(session.inputNames.map((name) => [name, all[name]!]));
  const results = await session.run(feeds);
  const read = (name: string): number[] => [...(results[name]!.data as Float32Array)];
  return {
    loss: read('loss')[0]!,
    logprobs: read('logprobs'),
    entropies: read('entropies'),
    slopes: read('slopes'),
  };
}

function expectClose(got: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(got).toHaveLength(wanted.length);
  got.forEach((value, index) => {
    expect(Math.abs(value - wanted[index]!)).toBeLessThan(
      tolerance * (1 + Math.abs(wanted[index]!)),
    );
  });
}

const KERNELS = ['cross-entropy', 'clipped-ratio'] as const;

test.each(KERNELS)('%s: value and gradient equal the plain loop and its slopes', async (kernel) => {
  for (let seed = 0; seed < 8; seed++) {
    const random = randomCase(seed);
    const got = await evaluate(kernel, random);
    const wanted = oracle(kernel, random);
    expectClose([got.loss], [wanted.loss], TOLERANCE);
    expectClose(got.logprobs, wanted.logprobs, TOLERANCE);
    expectClose(got.entropies, wanted.entropies, TOLERANCE);
    expectClose(got.slopes, slopes(kernel, random), SLOPE_TOLERANCE);
  }
});

test('without a reference the loss has no KL term', async () => {
  const random = randomCase(0, { klCoefficient: 0 });
  const got = await evaluate('clipped-ratio', random);
  expectClose([got.loss], [oracle('clipped-ratio', random).loss], TOLERANCE);
});

test('at the policy that sampled, the gradient is that of the plain policy gradient', async () => {
  const random = randomCase(1, { klCoefficient: 0 });
  const { logprobs } = oracle('clipped-ratio', random);
  const onPolicy = { ...random, oldLogprobs: logprobs };
  const got = await evaluate('clipped-ratio', onPolicy);
  // −Σ w·A·log p is cross-entropy with weights w·A, at the same temperature.
  const plain = {
    ...onPolicy,
    weights: onPolicy.weights.map((weight, t) => weight * onPolicy.advantages[t]!),
    logits: onPolicy.logits.map((logit) => logit / onPolicy.temperature),
  };
  const wanted = slopes('cross-entropy', plain).map((slope) => slope / onPolicy.temperature);
  expectClose(got.slopes, wanted, SLOPE_TOLERANCE);
});

test.each([
  {
    name: 'a ratio too high, advantage positive: clipped, no gradient',
    shift: 1,
    advantage: 1,
    flat: true,
  },
  {
    name: 'a ratio too high, advantage negative: not clipped',
    shift: 1,
    advantage: -1,
    flat: false,
  },
  {
    name: 'a ratio too low, advantage negative: clipped, no gradient',
    shift: -1,
    advantage: -1,
    flat: true,
  },
  {
    name: 'a ratio too low, advantage positive: not clipped',
    shift: -1,
    advantage: 1,
    flat: false,
  },
])('$name', async ({ shift, advantage, flat }) => {
  const random = randomCase(2, { klCoefficient: 0 });
  const { logprobs } = oracle('clipped-ratio', random);
  const moved = {
    ...random,
    weights: random.weights.map(() => 1),
    oldLogprobs: logprobs.map((logprob) => logprob - shift),
    advantages: random.advantages.map(() => advantage),
  };
  const got = await evaluate('clipped-ratio', moved);
  expect(got.slopes.every((slope) => slope === 0)).toBe(flat);
});

test('what stands at positions of weight 0 changes nothing, NaN and infinities included', async () => {
  const random = randomCase(3);
  const wanted = await evaluate('clipped-ratio', random);
  const garbage = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30];
  const soil = (values: readonly number[]): number[] =>
    values.map((value, t) => (random.weights[t] === 0 ? garbage[t % garbage.length]! : value));
  const got = await evaluate('clipped-ratio', {
    ...random,
    advantages: soil(random.advantages),
    oldLogprobs: soil(random.oldLogprobs),
    referenceLogprobs: soil(random.referenceLogprobs),
  });
  expect(got).toEqual(wanted);
});

test('a batch of weight 0 gives loss 0 and no gradient', async () => {
  const random = randomCase(4);
  const got = await evaluate('clipped-ratio', { ...random, weights: random.weights.map(() => 0) });
  expect(got.loss).toBeCloseTo(0);
  expect(got.slopes.every((slope) => slope === 0)).toBe(true);
});

test('advantages of 0 give no policy gradient', async () => {
  const random = randomCase(5, { klCoefficient: 0 });
  const flat = { ...random, advantages: random.advantages.map(() => 0) };
  const got = await evaluate('clipped-ratio', flat);
  expect(got.slopes.every((slope) => Math.abs(slope) === 0)).toBe(true);
});

test('log-ratios far apart stay finite', async () => {
  const random = randomCase(6);
  const far = {
    ...random,
    oldLogprobs: random.oldLogprobs.map((_, t) => (t % 2 ? -1e4 : 1e4)),
    referenceLogprobs: random.referenceLogprobs.map((_, t) => (t % 2 ? 1e4 : -1e4)),
  };
  const got = await evaluate('clipped-ratio', far);
  expect([got.loss, ...got.slopes].every(Number.isFinite)).toBe(true);
});

test('loss and gradient do not depend on padding, row order or the cut into micro-batches', async () => {
  const whole = randomCase(7);
  const row = (index: number): Case => {
    const tokens = <Item>(values: readonly Item[], width = 1): Item[] =>
      values.slice(index * whole.length * width, (index + 1) * whole.length * width);
    return {
      ...whole,
      rows: 1,
      logits: tokens(whole.logits, whole.vocabulary),
      targets: tokens(whole.targets),
      weights: tokens(whole.weights),
      advantages: tokens(whole.advantages),
      oldLogprobs: tokens(whole.oldLogprobs),
      referenceLogprobs: tokens(whole.referenceLogprobs),
    };
  };
  const all = await evaluate('clipped-ratio', whole);
  const [first, second] = [
    await evaluate('clipped-ratio', row(0)),
    await evaluate('clipped-ratio', row(1)),
  ];
  expectClose([first.loss + second.loss], [all.loss], TOLERANCE);
  expectClose([...first.slopes, ...second.slopes], all.slopes, TOLERANCE);
});

test('the k3 estimates of samples average to the exact divergence', async () => {
  const random = createRandom(8);
  const policy = [0.5, 0.3, 0.1, 0.05, 0.03, 0.01, 0.01];
  const reference = [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1];
  const exact = policy.reduce((sum, p, id) => sum + p * Math.log(p / reference[id]!), 0);
  const cumulative = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1];
  const length = 4000;
  const targets = Array.from({ length }, () => {
    const draw = random.next();
    return cumulative.findIndex((upTo) => draw < upTo);
  });
  const got = await evaluate('clipped-ratio', {
    rows: 1,
    length,
    vocabulary: 7,
    logits: targets.flatMap(() => policy.map(Math.log)),
    targets,
    weights: targets.map(() => 1 / length),
    advantages: targets.map(() => 0),
    oldLogprobs: targets.map(() => 0),
    referenceLogprobs: targets.map((id) => Math.log(reference[id]!)),
    clipLow: 0.2,
    clipHigh: 0.2,
    klCoefficient: 1,
    temperature: 1,
  });
  // Four standard errors of the mean at this seed's length.
  expect(Math.abs(got.loss - exact)).toBeLessThan(0.05);
});
