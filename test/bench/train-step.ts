/**
 * How much of the machine's matrix speed a training step keeps: FLOP/s of a step (forward, backward, AdamW, from the caller's
 * thread and back) over FLOP/s of the bare matrix products of the same shapes, run in the same process.
 *
 *     node --conditions=@taskspace/source test/bench/train-step.ts [batch] [tokens] [rounds]
 *
 * The bare products are timed in two ways: each shape in a session of its own, one `run` per product, as anyone would call them;
 * and, harder to reach, all of a step's products in a single `run` of a session that does nothing else. Only the products of
 * the mathematics are counted, on both sides alike. The contestants take turns, and the best time of each counts, so that other
 * load on the machine disturbs the quotients least; it disturbs them all the same.
 */
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Engine } from '../../packages/trainer/src/engine/engine.ts';
import { type DecoderConfig, initialParameters } from '../../packages/trainer/src/model/config.ts';
import { Graph } from '../../packages/trainer/src/onnx/graph.ts';
import { serializeModel } from '../../packages/trainer/src/onnx/serialize.ts';

/** A matrix product that a step does `count` times: `batch` times `[rows, inner] × [inner, columns]`. */
interface Product {
  readonly count: number;
  readonly batch: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Rounds that fill caches and memory pools. */
const WARM_UP_ROUNDS = 2;

/** What is timed. */
interface Contestant {
  /** Does the work of one step. */
  readonly timeMs: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const POCKET: DecoderConfig = {
  architecture: 'llama',
  vocabSize: 512,
  hiddenSize: 128,
  intermediateSize: 352,
  layers: 4,
  heads: 4,
  keyValueHeads: 4,
  headDim: 32,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 256,
  tieEmbeddings: true,
  attentionBias: false,
  qkNorm: false,
  initializerRange: 0.02,
};

const [batch = 64, tokens = 48, rounds = 12] = process.argv.slice(2).map(Number);
const threads = availableParallelism();
const sessionOptions = {
  intraOpNumThreads: threads,
  logSeverityLevel: 3,
  // The step's threads must not find the others' still spinning.
  extra: { session: { force_spinning_stop: '1' } },
} as const;
const products = productsOfStep(POCKET, batch, tokens);
const flops = products.reduce(
  (sum, p) => sum + 2 * p.count * p.batch * p.rows * p.inner * p.columns,
  0,
);

const contestants = {
  step: await prepareStep(),
  'bare products': await prepareSingleProducts(products),
  'bare products, one run': await prepareJoinedProducts(products),
};
const timesMs = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
  for (const [name, { timeMs }] of Object.entries(contestants)) {
    const elapsedMs = await timeMs();
    if (round >= WARM_UP_ROUNDS) timesMs.get(name)!.push(elapsedMs);
  }
}
for (const { close } of Object.values(contestants)) await close();

console.log(
  `train step, D ${POCKET.hiddenSize}, L ${POCKET.layers}, V ${POCKET.vocabSize}, batch ${batch} × ${tokens} tokens, ` +
    `${threads} threads, ${rounds} rounds, ${(flops / 1e9).toFixed(2)} GFLOP of products`,
);
const stepMs = summary(timesMs.get('step')!);
for (const [name, times] of timesMs) {
  const { best, median } = summary(times);
  const share =
    name === 'step'
      ? ''
      : `   ratio ${(best / stepMs.best).toFixed(3)} (median ${(median / stepMs.median).toFixed(3)})`;
  console.log(
    `${name.padEnd(24)} best ${best.toFixed(1).padStart(6)} ms, median ${median.toFixed(1).padStart(6)} ms, ${rate(best).padStart(3)} GFLOP/s${share}`,
  );
}

function productsOfStep(config: DecoderConfig, batchSize: number, length: number): Product[] {
  const { hiddenSize, intermediateSize, layers, heads, keyValueHeads, headDim } = config;
  const positions = batchSize * length;
  // A weight [out, in] takes part three times: the output, the input's gradient, its own gradient.
  const linear = (count: number, inputs: number, outputs: number): Product[] => [
    { count, batch: 1, rows: positions, inner: inputs, columns: outputs },
    { count, batch: 1, rows: positions, inner: outputs, columns: inputs },
    { count, batch: 1, rows: outputs, inner: positions, columns: inputs },
  ];
  const attention = { batch: batchSize * heads, rows: length };
  return [
    ...linear(2 * layers, hiddenSize, heads * headDim),
    ...linear(2 * layers, hiddenSize, keyValueHeads * headDim),
    ...linear(2 * layers, hiddenSize, intermediateSize),
    ...linear(layers, intermediateSize, hiddenSize),
    ...linear(1, hiddenSize, config.vocabSize),
    // Scores and the gradient of the weights; context and the gradients of values, queries and keys.
    { ...attention, count: 2 * layers, inner: headDim, columns: length },
    { ...attention, count: 4 * layers, inner: length, columns: headDim },
  ];
}

async function prepareStep(): Promise<Contestant> {
  const engine = new Engine();
  const random = linearCongruential(1);
  const parameters = initialParameters(POCKET, random);
  await engine.call('open', {
    config: POCKET,
    parameters,
    tokenBytes: null,
    device: 'cpu',
    threads,
    keepReference: true,
    microBatchTokens: 4096,
  });
  const data = Array.from({ length: batch }, () => ({
    tokens: Int32Array.from({ length: tokens + 1 }, () =>
      Math.floor(random.next() * POCKET.vocabSize),
    ),
    weights: new Float32Array(tokens).fill(1 / (batch * tokens)),
  }));
  const optimizer = {
    learningRate: 1e-4,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0.01,
    maxGradNorm: 1,
  };
  return {
    async timeMs() {
      const start = performance.now();
      await engine.call('forwardBackward', { batch: data, kernel: { name: 'cross-entropy' } });
      await engine.call('optimStep', optimizer);
      return performance.now() - start;
    },
    close: () => engine[Symbol.asyncDispose](),
  };
}

/** A session for every shape; a product that a step does several times is run as often, and all runs are added up. */
async function prepareSingleProducts(all: readonly Product[]): Promise<Contestant> {
  const random = linearCongruential(2);
  const sessions = await Promise.all(
    all.map(async (product) => {
      const graph = new Graph('bare-product');
      const { a, b, y } = tensorsOf(product, random);
      graph.output(
        'y',
        graph.matMul(graph.input('a', 'float32', a.dims), graph.input('b', 'float32', b.dims)),
      );
      const session = await InferenceSession.create(serializeModel(graph), sessionOptions);
      const run = () => session.run({ a, b }, { y });
      return { session, run, count: product.count };
    }),
  );
  return {
    async timeMs() {
      let elapsedMs = 0;
      for (const { run, count } of sessions) {
        const start = performance.now();
        for (let repeat = 0; repeat < count; repeat++) await run();
        elapsedMs += performance.now() - start;
      }
      return elapsedMs;
    },
    async close() {
      for (const { session } of sessions) await session.release();
    },
  };
}

/** One session with every product of the step; equal shapes share their factors' and their results' memory. */
async function prepareJoinedProducts(all: readonly Product[]): Promise<Contestant> {
  const graph = new Graph('bare-products');
  const feeds: Record<string, Tensor> = {};
  const results: Record<string, Tensor> = {};
  const random = linearCongruential(3);
  for (const [index, product] of all.entries()) {
    const { a, b, y } = tensorsOf(product, random);
    for (let repeat = 0; repeat < product.count; repeat++) {
      // Inputs of their own keep the runtime from computing equal products once.
      const left = graph.input(`a.${index}.${repeat}`, 'float32', a.dims);
      const right = graph.input(`b.${index}.${repeat}`, 'float32', b.dims);
      graph.output(`y.${index}.${repeat}`, graph.matMul(left, right));
      feeds[left.name] = a;
      feeds[right.name] = b;
      results[`y.${index}.${repeat}`] = y;
    }
  }
  const session = await InferenceSession.create(serializeModel(graph), sessionOptions);
  return {
    async timeMs() {
      const start = performance.now();
      await session.run(feeds, results);
      return performance.now() - start;
    },
    close: () => session.release(),
  };
}

function tensorsOf({ batch: size, rows, inner, columns }: Product, random: { next(): number }) {
  return {
    a: randomTensor(random, [size, rows, inner]),
    b: randomTensor(random, size === 1 ? [inner, columns] : [size, inner, columns]),
    y: new Tensor('float32', new Float32Array(size * rows * columns), [size, rows, columns]),
  };
}

function randomTensor(random: { next(): number }, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return new Tensor(
    'float32',
    Float32Array.from({ length: size }, () => random.next() - 0.5),
    shape,
  );
}

function summary(values: readonly number[]): { readonly best: number; readonly median: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { best: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! };
}

function rate(elapsedMs: number): string {
  return (flops / elapsedMs / 1e6).toFixed(0);
}

/** Repeatable numbers in [0, 1); their quality does not matter here. */
function linearCongruential(seed: number): { next(): number } {
  let state = seed;
  return {
    next() {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    },
  };
}
