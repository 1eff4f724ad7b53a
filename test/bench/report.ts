/**
 * How large the report of a long run is and how fast a browser opens it: a given run's lines are repeated up to so many
 * iterations, with answers made longer, then its report is written and opened in headless Chromium three times.
 *
 *     node --conditions=@taskspace/source test/bench/report.ts RUN [ITERATIONS] [TOKENS]
 */
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';
import { runTaskspace } from '../run-taskspace.ts';

const [source, iterations = '2000', tokens = '100'] = process.argv.slice(2);
if (source === undefined) {
  console.error('Expected the folder of a run that logged rollouts.');
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'report-bench-'));
const run = join(folder, 'run');
try {
  await lengthen(source, run, Number(iterations), Number(tokens));
  const started = performance.now();
  const { code, stderr } = await runTaskspace(['report', run]);
  if (code !== 0) throw new Error(stderr);
  const page = join(run, 'report.html');
  const { size } = await stat(page);
  const written = (performance.now() - started) / 1000;
  console.log(`${(size / 1e6).toFixed(1)} MB, written in ${written.toFixed(1)} s`);
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  for (let time = 0; time < 3; time++) {
    const tab = await browser.newPage();
    const opened = performance.now();
    // The first paint after the page's script has run.
    await tab.goto(pathToFileURL(page).href);
    await tab.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
    console.log(`opened in ${((performance.now() - opened) / 1000).toFixed(2)} s`);
    await tab.close();
  }
  await browser.close();
} finally {
  await rm(folder, { recursive: true });
}

type Line = Record<string, unknown>;

async function lengthen(from: string, to: string, count: number, length: number): Promise<void> {
  await cp(from, to, { recursive: true, filter: (path) => !path.includes('checkpoints') });
  const metrics = await linesOf(join(from, 'metrics.jsonl'));
  const repeated = Array.from({ length: count }, (_, iteration) => ({
    ...metrics[iteration % metrics.length],
    iteration,
  }));
  await writeLines(join(to, 'metrics.jsonl'), repeated);
  const files = (await readdir(join(from, 'rollouts'))).sort();
  const groups = await Promise.all(files.map((file) => linesOf(join(from, 'rollouts', file))));
  for (let iteration = 0; iteration < count; iteration++) {
    const lines = groups[iteration % groups.length]!.map((line) => ({
      ...line,
      id: String(line.id).replace(/^\d+/u, String(iteration)),
      sequences: (line.sequences as Line[] | undefined)?.map((sequence) =>
        longer(sequence, length),
      ),
    }));
    await writeLines(join(to, 'rollouts', `${String(iteration).padStart(6, '0')}.jsonl`), lines);
  }
}

/** The sequence with its sampled tokens repeated until there are so many. */
function longer(sequence: Line, length: number): Line {
  const mask = sequence.lossMask as number[];
  const sampled = mask.flatMap((bit, index) => (bit === 1 ? [index] : []));
  const order = [
    ...mask.flatMap((bit, index) => (bit === 1 ? [] : [index])),
    ...Array.from({ length }, (_, index) => sampled[index % sampled.length]!),
  ];
  const pick = (values: unknown) => order.map((index) => (values as number[])[index]);
  const { tokens, lossMask, logprobs } = sequence;
  return { tokens: pick(tokens), lossMask: pick(lossMask), logprobs: pick(logprobs) };
}

async function linesOf(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

function writeLines(file: string, lines: readonly object[]): Promise<void> {
  return writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
