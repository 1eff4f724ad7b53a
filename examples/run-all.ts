/**
 * Runs every example for real, shortened where a whole one would take minutes, and stops at the first that fails:
 *
 *     npm run examples
 *
 * With names of pages in docs/examples, runs these whole, or with --short as above, and writes what they print into their pages:
 *
 *     npm run examples -- single-domain cross-domain
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const main = join(root, 'packages', 'trainer', 'src', 'cli', 'main.ts');
const out = mkdtempSync(join(tmpdir(), 'taskspace-examples-'));
const qwen3 = join(out, 'tiny-qwen3');

interface Example {
  /** Of docs/examples; the others have none. */
  readonly page?: string;
  readonly command: readonly string[];
  /** What the whole one is run with besides. */
  readonly whole?: readonly string[];
  /** What makes it quick. */
  readonly short: readonly string[];
}

const short = ['--set', 'iterations=5', '--set', 'evaluation.tasks=24'];
const adapted = `policy=${JSON.stringify({ path: join(qwen3, 'policy'), lora: { rank: 8 } })}`;
const EXAMPLES: readonly Example[] = [
  { page: 'single-domain', command: ['train', 'examples/math-grpo.yaml'], short },
  {
    page: 'cross-domain',
    command: ['train', 'examples/cross-domain.yaml'],
    short: ['--set', 'iterations=3', '--set', 'evaluation.tasks=4'],
  },
  { page: 'custom-domain', command: ['train', 'examples/custom-domain/train.yaml'], short: [] },
  { command: ['train', 'examples/tooluse-exit.yaml'], short },
  { command: ['train', 'examples/adapters/exit.yaml'], short },
  { command: ['train', 'examples/adapters/exit.yaml', '--set', adapted], short },
  { command: ['sft', 'examples/pocket/sft.yaml'], short },
  {
    command: ['sft', 'examples/pocket/sft-domains.yaml'],
    short: ['--set', 'policy=pocket', ...short],
  },
  {
    page: 'ablation',
    command: ['ablate', 'examples/ablation.yaml', '--jobs', '2'],
    whole: ['--seeds', '3', '--tokens', '250000'],
    short: [
      ...['--seeds', '1', '--tokens', '8000', '--variants', 'grpo,exit'],
      ...['--set', 'evaluation.tasks=12'],
    ],
  },
];

const isShort = process.argv.includes('--short');
const pages = process.argv.slice(2).filter((argument) => argument !== '--short');

try {
  const unknown = pages.find((page) => !EXAMPLES.some((example) => example.page === page));
  if (unknown !== undefined) throw new Error(`${unknown}: expected a page of docs/examples.`);
  if (pages.length === 0) run(join(root, 'examples', 'adapters', 'tiny-qwen3.ts'), [qwen3]);
  for (const [index, { page, command, whole = [], short }] of EXAMPLES.entries()) {
    if (pages.length === 0) taskspace([...command, ...short], join(out, String(index)), false);
    else if (page !== undefined && pages.includes(page)) {
      const args = [...command, ...(isShort ? short : whole)];
      const folder = join(out, page);
      const printed = taskspace(args, folder, true).replaceAll(folder, `runs/${page}`);
      writeOutput(page, `$ taskspace ${args.join(' ')}\n${printed}`);
    }
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}

/** Runs the command; gives what it printed when that is kept. */
function taskspace(args: readonly string[], folder: string, isKept: boolean): string {
  console.log(`\n$ taskspace ${args.join(' ')}`);
  const said = run(main, [...args, '--out', folder], isKept);
  if (isKept) console.log(said);
  return said;
}

/** Runs a script with Node, and stops here when it fails. */
function run(script: string, args: readonly string[], isKept = false): string {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--conditions=@taskspace/source', script, ...args],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['inherit', isKept ? 'pipe' : 'inherit', 'inherit'],
    },
  );
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${status}.`);
  return stdout ?? '';
}

/** Puts an output into the one block of text of a page. */
function writeOutput(page: string, output: string): void {
  const file = join(root, 'docs', 'examples', `${page}.md`);
  const text = readFileSync(file, 'utf8');
  const block = /```text\n(?:.*?\n)?```/su;
  if (!block.test(text)) throw new Error(`${file}: expected a block of text, found none.`);
  writeFileSync(
    file,
    text.replace(block, () => `\`\`\`text\n${output.trim()}\n\`\`\``),
  );
}
