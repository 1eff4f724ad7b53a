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
const runs: readonly (readonly string[])[] = [
  ['train', 'examples/math-grpo.yaml', ...short],
  ['train', 'examples/custom-domain/train.yaml'],
  ['sft', 'examples/pocket/sft.yaml', ...short],
  ['sft', 'examples/pocket/sft-rewrites.yaml', '--set', 'policy=pocket', ...short],
  ['ablate', 'examples/ablation.yaml', '--seeds', '1', '--tokens', '8000', ...few],
];

try {
  runs.forEach(([command = '', config = '', ...settings], index) => {
    console.log(`\n$ taskspace ${command} ${config} ${settings.join(' ')}`);
    const args = [command, config, ...settings, '--out', join(out, String(index))];
    const { status } = spawnSync(
      process.execPath,
      ['--conditions=@taskspace/source', main, ...args],
      {
        cwd: root,
        stdio: 'inherit',
      },
    );
    if (status !== 0) throw new Error(`taskspace ${command} ${config} ended with ${status}.`);
  });
} finally {
  rmSync(out, { recursive: true, force: true });
}
