/**
 * How much of the machine's matrix speed a training step keeps: FLOP/s of a step (forward, backward, AdamW, from the caller's
 * thread and back) over FLOP/s of a session that does nothing but the step's own matrix products, in the same process.
 *
 *     node --conditions=@taskspace/source test/bench/train-step.ts [batch] [tokens] [rounds]
 *
 * Only the products of the mathematics are counted, on both sides alike. Both take turns, and the best time of each counts,
 * so that other load on the machine disturbs the quotient least.
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
const products = productsOfStep(POCKET, batch, tokens);
const flops = products.reduce(
  (sum, p) => sum + 2 * p.count * p.batch * p.rows * p.inner * p.columns,
  0,
);

const step = await prepareStep();
const bare = await prepareBareProducts(products);
const stepMs: number[] = [];
const bareMs: number[] = [];
for (let round = 0; round < rounds + 2; round++) {
  // The first two rounds of each warm caches and memory pools up.
  const times = { step: await timeMs(step.run), bare: await timeMs(bare.run) };
  if (round < 2) continue;
  stepMs.push(times.step);
  bareMs.push(times.bare);
}
await step.close();
await bare.close();

const best = { step: Math.min(...stepMs), bare: Math.min(...bareMs) };
const median = { step: medianOf(stepMs), bare: medianOf(bareMs) };
console.log(
  `train step, D ${POCKET.hiddenSize}, L ${POCKET.layers}, V ${POCKET.vocabSize}, batch ${batch} × ${tokens} tokens, ${threads} threads, ${rounds} rounds`,
);
console.log(`products      ${(flops / 1e9).toFixed(2)} GFLOP`);
for (const [name, { step: stepTime, bare: bareTime }] of Object.entries({ best, median })) {
  console.log(
    `${name.padEnd(7)} step ${stepTime.toFixed(1)} ms (${rate(stepTime)} GFLOP/s, ${((batch * tokens) / stepTime).toFixed(1)} k tokens/s)   ` +
      `bare products ${bareTime.toFixed(1)} ms (${rate(bareTime)} GFLOP/s)   ratio ${(bareTime / stepTime).toFixed(3)}`,
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

async function prepareStep() {
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
    async run() {
      await engine.call('forwardBackward', { batch: data, kernel: { name: 'cross-entropy' } });
      await engine.call('optimStep', optimizer);
    },
    close: () => engine[Symbol.asyncDispose](),
  };
}

/** One session with every product of the step; equal shapes share their factors' and their results' memory. */
async function prepareBareProducts(all: readonly Product[]) {
  const graph = new Graph('bare-products');
  const feeds: Record<string, Tensor> = {};
  const results: Record<string, Tensor> = {};
  const random = linearCongruential(2);
  for (const [index, { count, batch: size, rows, inner, columns }] of all.entries()) {
    const shapes = {
      a: [size, rows, inner],
      b: size === 1 ? [inner, columns] : [size, inner, columns],
    };
    const a = randomTensor(random, shapes.a);
    const b = randomTensor(random, shapes.b);
    const y = new Tensor('float32', new Float32Array(size * rows * columns), [size, rows, columns]);
    for (let repeat = 0; repeat < count; repeat++) {
      // Inputs of their own keep the runtime from computing equal products once.
      const left = graph.input(`a.${index}.${repeat}`, 'float32', shapes.a);
      const right = graph.input(`b.${index}.${repeat}`, 'float32', shapes.b);
      graph.output(`y.${index}.${repeat}`, graph.matMul(left, right));
      feeds[left.name] = a;
      feeds[right.name] = b;
      results[`y.${index}.${repeat}`] = y;
    }
  }
  const session = await InferenceSession.create(serializeModel(graph), {
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  return {
    run: async () => void (await session.run(feeds, results)),
    close: () => session.release(),
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

async function timeMs(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
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
