import { describeMemory, gigabytes, type MemoryEstimate } from '../engine/memory-plan.ts';
import type { EvaluationReport } from '../run/evaluate.ts';
import type { MetricsLine, RunInfo, RunListener, RunProgress } from '../run/listener.ts';
import { formatCount, formatDuration, formatShare } from './format.ts';
import { renderScores } from './scores.ts';
import type { Tour } from './tour.ts';

/** Where a reporter writes. */
export interface ReporterOutput {
  write(text: string): void;
  /** A terminal: the live line is redrawn in place. */
  readonly live: boolean;
  readonly columns: number;
}

/** Iterations whose mean the live line shows: one batch alone is too noisy to read. */
const WINDOW = 10;
const BAR_WIDTH = 20;
/** Without a terminal, about this many lines tell of a whole run. */
const PLAIN_LINES = 25;

/** Shows a run to a person: a live line on a terminal, a line now and then elsewhere, tables when something was measured. */
export class Reporter implements RunListener {
  readonly #output: ReporterOutput;
  readonly #now: () => number;
  readonly #tour: Tour | null;
  #told: keyof Tour | null = null;
  #info: RunInfo | null = null;
  #recent: MetricsLine[] = [];
  #startedMs = 0;
  #status = '';

  /**
   * @param tour - What to say at each stage of a training run.
   * @param now - Milliseconds; for the time that is left.
   */
  constructor(
    output: ReporterOutput,
    tour: Tour | null = null,
    now: () => number = () => performance.now(),
  ) {
    this.#output = output;
    this.#tour = tour;
    this.#now = now;
  }

  onStart(info: RunInfo): void {
    this.#info = info;
    this.#startedMs = this.#now();
    const { parameterCount, trainedCount, memory, device, domains } = info;
    const { folder, iterations, completed } = info;
    const trained = trainedCount < parameterCount ? `, ${formatCount(trainedCount)} trained,` : '';
    this.#line(
      `Policy: ${formatCount(parameterCount)} parameters${trained} on ${device}. Domains: ${domains.join(', ')}.`,
    );
    if (memory) this.#line(memoryLine(memory));
    this.#line(`Run folder: ${folder}`);
    if (completed > 0) this.#line(`Going on after iteration ${completed} of ${iterations}.`);
  }

  onProgress({ phase, iteration, done, total }: RunProgress): void {
    if (phase === 'rollout') this.#tell('training');
    if (phase === 'evaluation' && done === 1) {
      if (iteration === 0) this.#tell('before');
      else if (iteration === this.#info?.iterations) this.#tell('after');
      if (!this.#output.live) this.#line(`Answering ${total} held-out prompts …`);
    }
    if (!this.#output.live) return;
    const counts = phase === 'download' ? [done, total].map(formatMegabytes) : [done, total];
    const isCounted = phase !== 'checkpoint' && phase !== 'update';
    const part = isCounted ? `${phase} ${counts.join('/')}` : phase;
    this.#redraw(`${bar(iteration, this.#info?.iterations ?? 1)} ${this.#status} · ${part}`);
  }

  onIteration(line: MetricsLine): void {
    this.#recent.push(line);
    if (this.#recent.length > WINDOW) this.#recent.shift();
    this.#status = this.#statusLine(line);
    const { iterations } = this.#info!;
    const done = line.iteration + 1;
    if (this.#output.live) {
      this.#redraw(`${bar(done, iterations)} ${this.#status}`);
    } else if (done === 1 || done === iterations || done % plainEvery(iterations) === 0) {
      this.#line(this.#status);
    }
  }

  onEvaluation(report: EvaluationReport): void {
    this.#line(`After ${report.iteration} iterations:`);
    this.#line(renderScores(report, null));
  }

  onNotice(message: string): void {
    this.#line(message);
  }

  /** Removes the live line, so that what follows starts on a clean one. */
  finish(): void {
    if (this.#output.live) this.#output.write('\r\u001b[2K');
  }

  /** Says what comes now, once, on lines of its own. */
  #tell(stage: keyof Tour): void {
    if (!this.#tour || this.#told === stage) return;
    this.#told = stage;
    this.#line(`\n${this.#tour[stage]}`);
  }

  /** Share solved; of each domain when there are several, as one mean hides how each does. */
  #solved(): string {
    const { domains } = this.#info!;
    if (domains.length < 2) return this.#mean('solved', (value) => `solved ${formatShare(value)}`);
    const shares = domains.map((domain) =>
      this.#mean(`${domain}/solved`, (value) => `${domain} ${formatShare(value)}`),
    );
    return `solved ${shares.filter((share) => share !== '').join(', ')}`;
  }

  #statusLine(line: MetricsLine): string {
    const { kind, iterations, completed } = this.#info!;
    const done = line.iteration + 1;
    const elapsed = (this.#now() - this.#startedMs) / 1000;
    const left = (elapsed / Math.max(1, done - completed)) * (iterations - done);
    const shown = [
      `iteration ${done}/${iterations}`,
      this.#mean('reward', (value) => `reward ${value.toFixed(3)}`),
      kind === 'sft' ? '' : this.#solved(),
      kind === 'sft' ? this.#mean('loss', (value) => `loss ${value.toFixed(4)}`) : '',
      `${formatCount(line.time.tokens_per_second ?? 0)} tokens/s`,
      done < iterations ? `${formatDuration(left)} left` : '',
    ];
    return shown.filter((part) => part !== '').join(' · ');
  }

  /** Mean of a metric over the recent iterations that have it, as text; empty when none has. */
  #mean(name: string, show: (value: number) => string): string {
    const values = this.#recent
      .map((line) => line[name])
      .filter((value) => typeof value === 'number');
    if (values.length === 0) return '';
    return show(values.reduce((sum, value) => sum + value, 0) / values.length);
  }

  #line(text: string): void {
    this.finish();
    this.#output.write(`${text}\n`);
  }

  #redraw(text: string): void {
    const cut =
      text.length < this.#output.columns ? text : `${text.slice(0, this.#output.columns - 2)}…`;
    this.#output.write(`\r\u001b[2K${cut}`);
  }
}

function memoryLine(memory: MemoryEstimate): string {
  const of = memory.available === null ? '' : ` of ${gigabytes(memory.available)}`;
  const besides = `and up to ${gigabytes(memory.cache)} for keys and values while sampling`;
  return `Memory: about ${gigabytes(memory.total)}${of} (${describeMemory(memory)}), ${besides}.`;
}

/** Writes every event of a run as one line of JSON, for machines. */
export function jsonListener(write: (text: string) => void): RunListener {
  const tell = (event: string) => (value: object) =>
    write(`${JSON.stringify({ event, ...value })}\n`);
  return {
    onStart: tell('start'),
    onIteration: tell('iteration'),
    onEvaluation: tell('evaluation'),
    onCheckpoint: (folder) => tell('checkpoint')({ folder }),
    onNotice: (message) => tell('notice')({ message }),
  };
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function plainEvery(iterations: number): number {
  return Math.max(1, Math.round(iterations / PLAIN_LINES));
}

function bar(done: number, total: number): string {
  const full = Math.round((BAR_WIDTH * done) / Math.max(1, total));
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
}
