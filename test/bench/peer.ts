/**
 * Training and sampling beside PyTorch + transformers: the same weights, token ids and number of threads, on this CPU, in one run.
 *
 *     pip install torch transformers
 *     node --conditions=@taskspace/source test/bench/peer.ts [rounds] [threads]
 *
 * The two take turns, round by round, and the ratio of each round is of neighbours in time, so other load on the machine disturbs
 * it least; the median of these ratios is held to the limit. PYTHON names another interpreter. Without the packages nothing is
 * measured, and that is said. Both sides train with cross-entropy, gradient clipping and AdamW in float32; both sample from the whole
 * distribution, every prompt by itself; ours returns each token's log-probability besides, theirs does not.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@taskspace/core';
import { Engine } from '../../packages/trainer/src/engine/engine.ts';
import { writeModelConfig } from '../../packages/trainer/src/model/checkpoint.ts';
import { type DecoderConfig, initialParameters } from '../../packages/trainer/src/model/config.ts';
import { writeWeights } from '../../packages/trainer/src/model/weights.ts';

/** What is done with a model. */
interface Load {
  readonly name: string;
  readonly config: DecoderConfig;
  /** Sequences and targets of one optimiser step, and the steps of a round. */
  readonly train: { readonly batch: number; readonly tokens: number; readonly steps: number };
  readonly sample: { readonly prompts: number; readonly prompt: number; readonly tokens: number };
}

const LEAST = { train: 1, sample: 1.5 } as const;
const WARM_UP_ROUNDS = 2;
/** As far apart as two orders of the same sums may bring the losses of the first steps. */
const MOST_APART = 1e-3;

const SHARED = {
  architecture: 'llama',
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 512,
  tieEmbeddings: true,
  attentionBias: false,
  qkNorm: false,
  initializerRange: 0.02,
} as const;

const LOADS: readonly Load[] = [
  {
    name: 'pocket shape',
    config: {
      ...SHARED,
      vocabSize: 512,
      hiddenSize: 128,
      intermediateSize: 352,
      layers: 4,
      heads: 4,
      keyValueHeads: 4,
      headDim: 32,
    },
    train: { batch: 64, tokens: 48, steps: 2 },
    sample: { prompts: 32, prompt: 32, tokens: 64 },
  },
  {
    name: 'grouped queries, 8 layers',
    config: {
      ...SHARED,
      vocabSize: 4096,
      hiddenSize: 384,
      intermediateSize: 1024,
      layers: 8,
      heads: 6,
      keyValueHeads: 2,
      headDim: 64,
    },
    train: { batch: 16, tokens: 128, steps: 1 },
    sample: { prompts: 32, prompt: 32, tokens: 64 },
  },
];

const [rounds = 7, threads = availableParallelism()] = process.argv.slice(2).map(Number);
const python = process.env.PYTHON ?? 'python3';
const found = spawnSync(python, ['-c', 'import torch, transformers'], { encoding: 'utf8' });
if (found.status !== 0) {
  const reason = found.error?.message ?? found.stderr.trim().split('\n').at(-1);
  console.log(
    `SKIPPED: nothing to measure beside. ${python} has not both torch and transformers (${reason}). Install them: pip install torch transformers, or name another interpreter in PYTHON.`,
  );
} else {
  let reached = true;
  for (const load of LOADS) reached = (await measure(load)) && reached;
  if (!reached) process.exitCode = 1;
}

async function measure({ name, config, train, sample }: Load): Promise<boolean> {
  const random = createRandom('bench/peer');
  const parameters = initialParameters(config, random);
  const count = [...parameters.values()].reduce((sum, { length }) => sum + length, 0);
  const folder = await mkdtemp(join(tmpdir(), 'bench-peer-'));
  await writeWeights(folder, config, parameters);
  await writeModelConfig(folder, { config, companions: { files: new Map(), tokenIds: {} } });
  const ids = (rows: number, length: number): number[][] =>
    Array.from({ length: rows }, () =>
      Array.from({ length }, () => random.integer(config.vocabSize)),
    );
  const sequences = ids(train.batch, train.tokens + 1);
  const prompts = ids(sample.prompts, sample.prompt);
  const peer = await startPeer(folder);
  const ours = await startOurs(config, parameters);
  console.log(
    `${name}: ${(count / 1e6).toFixed(2)} M parameters, ${threads} threads each; PyTorch ${peer.versions.torch}, transformers ${peer.versions.transformers}`,
  );

  const tokens = {
    train: train.batch * train.tokens * train.steps,
    sample: sample.prompts * sample.tokens,
  };
  const taken = { train: noRounds(), sample: noRounds() };
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
    const own = await ours.train(sequences, train.steps);
    const other = await peer.ask({ work: 'train', tokens: sequences, steps: train.steps });
    if (round === 0) assertSame(own.losses, other.losses!);
    const ownSample = await ours.sample(prompts, sample.tokens);
    const otherSample = await peer.ask({ work: 'sample', prompts, new_tokens: sample.tokens });
    if (round < WARM_UP_ROUNDS) continue;
    taken.train.ours.push(own);
    taken.train.theirs.push(other);
    taken.sample.ours.push(ownSample);
    taken.sample.theirs.push(otherSample);
  }
  await ours.close();
  await peer.close();
  await rm(folder, { recursive: true });

  let reached = true;
  for (const work of ['train', 'sample'] as const) {
    const { ours: own, theirs } = taken[work];
    const ratioOf = (part: keyof Taken) =>
      median(own.map((one, index) => theirs[index]![part] / one[part]));
    const ratio = ratioOf('seconds');
    const seconds = (side: readonly Taken[]) => side.map((one) => one.seconds);
    const best = Math.min(...seconds(theirs)) / Math.min(...seconds(own));
    const rate = (side: readonly Taken[]): string =>
      `${Math.round(tokens[work] / median(seconds(side)))} tokens/s (best ${Math.round(tokens[work] / Math.min(...seconds(side)))})`;
    const size =
      work === 'train'
        ? `${train.batch} × ${train.tokens} tokens`
        : `${sample.prompts} prompts of ${sample.prompt}, ${sample.tokens} new tokens each`;
    console.log(`  ${work.padEnd(6)} ${size}`);
    console.log(`         ours   ${rate(own)}`);
    console.log(`         theirs ${rate(theirs)}`);
    console.log(
      `         ratio  ${ratio.toFixed(2)} median of ${rounds} rounds, ${best.toFixed(2)} of the best, ${ratioOf('cpu').toFixed(2)} by time of all cores (limit: at least ${LEAST[work]})`,
    );
    reached &&= ratio >= LEAST[work];
  }
  return reached;
}

/** What one round took. */
interface Taken {
  readonly seconds: number;
  /** Seconds of all cores together: what other load on the machine changes least, though waiting threads may spin. */
  readonly cpu: number;
}

interface Done extends Taken {
  readonly losses?: readonly number[];
}

async function startOurs(config: DecoderConfig, parameters: Map<string, Float32Array>) {
  const engine = new Engine();
  await engine.call('open', {
    config,
    parameters,
    tokenBytes: null,
    device: 'cpu',
    threads,
    keepReference: false,
    microBatchTokens: 4096,
  });
  const optimizer = {
    learningRate: 1e-5,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0,
    maxGradNorm: 1,
  };
  let seed = 0;
  return {
    async train(sequences: readonly number[][], steps: number) {
      const targets = sequences.reduce((sum, { length }) => sum + length - 1, 0);
      const batch = sequences.map((tokens) => ({
        tokens: Int32Array.from(tokens),
        weights: new Float32Array(tokens.length - 1).fill(1 / targets),
      }));
      const losses: number[] = [];
      const clock = start();
      for (let step = 0; step < steps; step++) {
        const result = await engine.call('forwardBackward', {
          batch,
          kernel: { name: 'cross-entropy' },
        });
        await engine.call('optimStep', optimizer);
        losses.push(result.loss);
      }
      return { ...elapsed(clock), losses };
    },
    async sample(prompts: readonly number[][], maxTokens: number) {
      const clock = start();
      const sampling = { maxTokens, temperature: 1, topP: 1, topK: 0 };
      await Promise.all(
        prompts.map((prompt) =>
          engine.call('sample', {
            prompt: Int32Array.from(prompt),
            samples: 1,
            seed: seed++,
            sampling: { ...sampling, stopTokens: [], stopStrings: [] },
          }),
        ),
      );
      return elapsed(clock);
    },
    close: () => engine[Symbol.asyncDispose](),
  };
}

async function startPeer(folder: string) {
  const script = fileURLToPath(new URL('../peer/speed_peer.py', import.meta.url));
  const child = spawn(python, [script, folder, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script}: expected an answer, got the end of its output.`);
    return JSON.parse(value);
  };
  const versions = (await next()) as { readonly torch: string; readonly transformers: string };
  return {
    versions,
    async ask(request: object): Promise<Done> {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return (await next()) as Done;
    },
    async close() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

/** Both sides must have done the same work, or the times say nothing. */
function assertSame(ours: readonly number[], theirs: readonly number[]): void {
  ours.forEach((loss, step) => {
    if (Math.abs(loss - theirs[step]!) <= MOST_APART) return;
    throw new Error(`step ${step}: expected equal losses, got ${loss} and ${theirs[step]}.`);
  });
}

function noRounds(): { ours: Taken[]; theirs: Taken[] } {
  return { ours: [], theirs: [] };
}

interface Clock {
  readonly wall: number;
  readonly cpu: NodeJS.CpuUsage;
}

function start(): Clock {
  return { wall: performance.now(), cpu: process.cpuUsage() };
}

function elapsed({ wall, cpu }: Clock): Taken {
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
