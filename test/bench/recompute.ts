/**
 * What computing layers again saves: one forward and backward pass of twelve layers of width 256 over one row of tokens, in a process
 * of its own for each way, the peak of resident memory it adds, and whether every result has the same bits. The limit is half the
 * memory of a pass that keeps everything.
 *
 *     node --conditions=@taskspace/source test/bench/recompute.ts [tokens]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRandom } from '@taskspace/core';
import { Tensor } from 'onnxruntime-node';
import { describeCpu } from '../../packages/trainer/src/engine/device.ts';
import {
  createPositionFeeds,
  dataFeeds,
  sequenceData,
} from '../../packages/trainer/src/engine/feeds.ts';
import { compile } from '../../packages/trainer/src/engine/program.ts';
import { type DecoderConfig, initialParameters } from '../../packages/trainer/src/model/config.ts';
import { accumulatedName } from '../../packages/trainer/src/model/graph-names.ts';
import { allSpecs, initialAdapters, trainedSpecs } from '../../packages/trainer/src/model/lora.ts';
import { LORA_TARGETS } from '../../packages/trainer/src/model/lora-config.ts';
import { buildTrainingGraph } from '../../packages/trainer/src/model/training-graph.ts';

const MOST_SHARE = 0.5;
const CONFIG: DecoderConfig = {
  architecture: 'llama',
  vocabSize: 260,
  hiddenSize: 256,
  intermediateSize: 704,
  layers: 12,
  heads: 4,
  keyValueHeads: 2,
  headDim: 64,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 4096,
  tieEmbeddings: true,
  attentionBias: false,
  qkNorm: false,
  initializerRange: 0.02,
};
const ADAPTED = { ...CONFIG, lora: { rank: 8, alpha: 16, targets: LORA_TARGETS, dropout: 0 } };

interface Measured {
  readonly addedBytes: number;
  readonly digest: string;
}

/** Peak of resident memory that one pass adds, and a digest of all it gives. */
async function measure(
  config: DecoderConfig,
  recompute: boolean,
  length: number,
): Promise<Measured> {
  const random = createRandom('recompute');
  const parameters = new Map([
    ...initialParameters(config, random),
    ...[...initialAdapters(config, random)].map(
      ([name, data]) => [name, data.map(() => 0.1 * (random.next() - 0.5))] as const,
    ),
  ]);
  const tokens = Int32Array.from({ length: length + 1 }, () => random.integer(config.vocabSize));
  const data = sequenceData([tokens], { rows: [0], length }, 1);
  const weights = new Float32Array(length).fill(1 / length);
  const tensor = (numbers: Float32Array, shape: readonly number[]): Tensor =>
    new Tensor('float32', numbers, shape);
  const feeds = {
    ...dataFeeds({ ...data, scalars: {}, floats: { weights } }),
    ...createPositionFeeds(config)(length),
    ...Object.fromEntries(
      allSpecs(config).map(({ name, shape }) => [name, tensor(parameters.get(name)!, shape)]),
    ),
    ...Object.fromEntries(
      trainedSpecs(config).map(({ name, shape }) => [
        accumulatedName(name),
        tensor(new Float32Array(parameters.get(name)!.length), shape),
      ]),
    ),
  };
  const graph = buildTrainingGraph(config, 'cross-entropy', { recompute });
  const program = await compile(graph, describeCpu(1));
  const before = process.resourceUsage().maxRSS;
  const results = await program.run(feeds);
  const addedBytes = 1024 * (process.resourceUsage().maxRSS - before);
  const hash = createHash('sha256');
  for (const name of Object.keys(results).sort()) {
    const numbers = results[name]!.data as Float32Array;
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  return { addedBytes, digest: hash.digest('hex') };
}

const [, , first = '512', ways] = process.argv;
const length = Number(first);
if (ways !== undefined) {
  const [trained, how] = ways.split(' ');
  const config = trained === 'adapters' ? ADAPTED : CONFIG;
  console.log(JSON.stringify(await measure(config, how === 'again', length)));
} else {
  for (const trained of ['weights', 'adapters']) {
    const [kept, again] = ['kept', 'again'].map((how) => {
      const args = [
        '--conditions=@taskspace/source',
        import.meta.filename,
        first,
        `${trained} ${how}`,
      ];
      const { stdout, status } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      if (status !== 0) throw new Error(`${trained}, ${how}: ended with ${status}.`);
      return JSON.parse(stdout) as Measured;
    }) as [Measured, Measured];
    const share = again.addedBytes / kept.addedBytes;
    const same = kept.digest === again.digest;
    const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
    console.log(
      `${trained}, ${length} tokens: ${megabytes(kept.addedBytes)} kept, ${megabytes(again.addedBytes)} computed again, share ${share.toFixed(2)} (limit ${MOST_SHARE}), ${same ? 'same bits' : 'OTHER BITS'}`,
    );
    if (share > MOST_SHARE || !same) process.exitCode = 1;
  }
}
