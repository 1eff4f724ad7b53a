import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTaskspace } from './run-taskspace.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('help and usage', () => {
  test.each(['train', 'sft', 'eval', 'generate', 'export', 'verify', 'domains', 'doctor'])(
    '%s --help ends with an example',
    async (command) => {
      const { code, stdout } = await runTaskspace([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`$ taskspace ${command}`);
    },
  );

  test('an unknown command is a usage error', async () => {
    const { code, stderr } = await runTaskspace(['trian']);
    expect(code).toBe(2);
    expect(stderr).toContain("unknown command 'trian'");
    expect(stderr).toContain('train');
  });

  test('domains --json lists the math domain with its options', async () => {
    const { code, stdout } = await runTaskspace(['domains', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ package: '@taskspace/domain-math', name: 'math', problem: null }),
    );
  });

  test('doctor --json finds Node and the CPU', async () => {
    const { code, stdout } = await runTaskspace(['doctor', '--json']);
    expect(code).toBe(0);
    const findings = JSON.parse(stdout) as { subject: string; status: string }[];
    for (const subject of ['Node', 'device cpu']) {
      expect(findings).toContainEqual(expect.objectContaining({ subject, status: 'ok' }));
    }
  });
});

describe('a config that cannot run', () => {
  test('names an unknown domain and the one that was meant', async () => {
    const { code, stderr } = await runTaskspace(['train', '--set', 'domains.maths={}']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('maths');
    expect(stderr).toContain('Did you mean "math"?');
  });

  test('lists every problem at once, each with its path, what was expected and what came', async () => {
    const { code, stderr } = await runTaskspace([
      'train',
      'examples/math-grpo.yaml',
      ...['--set', 'rollout.promts=3'],
      ...['--set', 'rollout.groupSize=1'],
      ...['--set', 'domains.math.levels=[9]'],
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('rollout.promts');
    expect(stderr).toContain('prompts');
    expect(stderr).toContain('rollout.groupSize');
    expect(stderr).toContain('domains.math.levels[0]');
  });

  test('a setting without a value says how one is written', async () => {
    const { code, stderr } = await runTaskspace(['train', '--set', 'iterations']);
    expect(code).toBe(2);
    expect(stderr).toContain('path=value');
  });

  test('a device that is not there is named with those that are', async () => {
    const { code, stderr } = await runTaskspace([
      'train',
      'examples/math-grpo.yaml',
      ...['--device', 'coreml', '--out', join(folder, 'coreml')],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected one of .*cpu.*got coreml/);
  });

  test('a config file that is not YAML says where it breaks', async () => {
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'name: [run\niterations: 3\n');
    const { code, stderr } = await runTaskspace(['train', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('broken.yaml');
  });
});

describe('verify', () => {
  test('judges a file of completions line by line and explains itself', async () => {
    const file = join(folder, 'completions.jsonl');
    const lines = [
      { id: 'half', gold: '\\frac12', pred: 'So the answer is \\boxed{0.5}.' },
      { id: 'third', gold: '\\frac13', pred: 'So the answer is \\boxed{0.5}.' },
    ];
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { code, stdout } = await runTaskspace(['verify', 'math', file, '--json', '--explain']);
    expect(code).toBe(0);
    const scored = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(scored).toEqual([
      expect.objectContaining({ id: 'half', correct: true, timeMs: expect.any(Number) }),
      expect.objectContaining({ id: 'third', correct: false, explanation: expect.any(Object) }),
    ]);
  });

  test('names the line that is not JSON', async () => {
    const file = join(folder, 'broken.jsonl');
    await writeFile(file, '{"id":"a","gold":"1","pred":"1"}\n{"id": oops}\n');
    const { code, stderr } = await runTaskspace(['verify', 'math', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('broken.jsonl, line 2');
  });
});

describe('the example run', () => {
  const small = [
    ...['--set', 'iterations=2', '--set', 'rollout.prompts=4', '--set', 'evaluation.tasks=8'],
    ...['--set', 'checkpoint.every=1', '--device', 'cpu'],
  ];

  test('ends with a table of held-out scores and the run folder', async () => {
    const out = join(folder, 'run');
    const { code, stdout, stderr } = await runTaskspace([
      'train',
      'examples/math-grpo.yaml',
      ...small,
      '--out',
      out,
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('held-out tasks');
    expect(stdout).toContain(`Run folder: ${out}`);
    const metrics = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(metrics).toHaveLength(2);
  });

  test('--json writes one event a line', async () => {
    const out = join(folder, 'json');
    const { code, stdout } = await runTaskspace([
      'train',
      'examples/math-grpo.yaml',
      ...small,
      '--json',
      '--out',
      out,
    ]);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events[0]).toBe('start');
    expect(events.at(-1)).toBe('end');
    expect(events.filter((event) => event === 'iteration')).toHaveLength(2);
  });

  test('Ctrl-C stops cleanly with exit code 130, and --resume finishes the run', async () => {
    const out = join(folder, 'interrupted');
    let sent = false;
    const stopped = await runTaskspace(
      ['train', 'examples/math-grpo.yaml', ...small, '--set', 'iterations=500', '--out', out],
      {
        onOutput(text, kill) {
          if (sent || !text.includes('iteration 1/')) return;
          sent = true;
          kill('SIGINT');
        },
      },
    );
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toContain(`--resume ${out}`);
    const done = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n').length;
    const resumed = await runTaskspace([
      'train',
      '--resume',
      out,
      '--set',
      `iterations=${done + 1}`,
    ]);
    expect(resumed.stderr).toBe('');
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain(`Going on after iteration ${done} of ${done + 1}`);
  });
});
