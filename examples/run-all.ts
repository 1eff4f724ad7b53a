/**
 * Runs every example for real, shortened where a whole one would take minutes, and stops at the first that fails:
 *
 *     npm run examples
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const out = mkdtempSync(join(tmpdir(), 'taskspace-examples-'));
const main = join(root, 'packages', 'trainer', 'src', 'cli', 'main.ts');

const short = ['--set', 'iterations=5', '--set', 'evaluation.tasks=24'];
const few = ['--variants', 'grpo,exit', '--jobs', '2', '--set', 'evaluation.tasks=12'];
const qwen3 = join(out, 'tiny-qwen3');
const adapted = `policy=${JSON.stringify({ path: join(qwen3, 'policy'), lora: { rank: 8 } })}`;
const runs: readonly (readonly string[])[] = [
  ['train', 'examples/math-grpo.yaml', ...short],
  ['train', 'examples/custom-domain/train.yaml'],
  ['train', 'examples/adapters/exit.yaml', ...short],
  ['train', 'examples/adapters/exit.yaml', '--set', adapted, ...short],
  ['sft', 'examples/pocket/sft.yaml', ...short],
  ['sft', 'examples/pocket/sft-rewrites.yaml', '--set', 'policy=pocket', ...short],
  ['ablate', 'examples/ablation.yaml', '--seeds', '1', '--tokens', '8000', ...few],
];

/** Runs a script with Node, and stops here when it fails. */
function run(script: string, args: readonly string[]): void {
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=@taskspace/source', script, ...args],
    { cwd: root, stdio: 'inherit' },
  );
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${status}.`);
}

try {
  run(join(root, 'examples', 'adapters', 'tiny-qwen3.ts'), [qwen3]);
  runs.forEach(([command = '', config = '', ...settings], index) => {
    console.log(`\n$ taskspace ${command} ${config} ${settings.join(' ')}`);
    run(main, [command, config, ...settings, '--out', join(out, String(index))]);
  });
} finally {
  rmSync(out, { recursive: true, force: true });
}
