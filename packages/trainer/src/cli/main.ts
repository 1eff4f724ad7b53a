#!/usr/bin/env node
/** The `taskspace` command. Each command imports what it needs, so that `--help` does not load a runtime. */
import { Command } from 'commander';
import type { AblateCommandOptions } from './ablate.ts';
import type { DataCommandOptions } from './data.ts';
import type { EvalOptions } from './eval.ts';
import { describeError, EXIT, exitCodeOf } from './exit.ts';
import type { ExportOptions } from './export.ts';
import type { GenerateOptions } from './generate.ts';
import type { LintOptions } from './lint.ts';
import { addConfigOptions, collect, deviceOption } from './options.ts';
import type { ReportOptions } from './report.ts';
import type { SolveOptions } from './solve.ts';
import { restartWithSteadyMemory } from './steady-memory.ts';
import type { TrainOptions } from './train.ts';
import type { VerifyCommandOptions } from './verify.ts';

/** Commands that may run for long. */
const RUNS_A_POLICY = new Set(['train', 'sft', 'eval', 'ablate', 'solve', 'generate']);

const program = new Command('taskspace')
  .description('Grow task spaces, train language-model policies that improve their own answers.')
  .showHelpAfterError()
  .exitOverride()
  .hook('preAction', (_, command) => {
    if (RUNS_A_POLICY.has(command.name())) restartWithSteadyMemory();
  });

addConfigOptions(
  program
    .command('train')
    .description('train a policy by reinforcement learning')
    .argument('[config]', 'YAML or JSON file')
    .option('--resume <run>', 'go on with an earlier run from its last checkpoint'),
)
  .addHelpText(
    'after',
    example('taskspace train examples/math-grpo.yaml --set iterations=50 --seed 1'),
  )
  .action(async (file: string | undefined, options: TrainOptions) => {
    const { train } = await import('./train.ts');
    process.exitCode = await train('train', file, options);
  });

addConfigOptions(
  program
    .command('sft')
    .description("train a policy on the domains' own demonstrations (supervised warm start)")
    .argument('[config]', 'YAML or JSON file')
    .option('--resume <run>', 'go on with an earlier run from its last checkpoint'),
)
  .addHelpText('after', example('taskspace sft examples/pocket/sft.yaml --out runs/warm-start'))
  .action(async (file: string | undefined, options: TrainOptions) => {
    const { train } = await import('./train.ts');
    process.exitCode = await train('sft', file, options);
  });

addConfigOptions(
  program
    .command('eval')
    .description(
      'answer held-out tasks with a policy as it is, greedily and by sampling, and after rewrites; go on where it stopped',
    )
    .argument('[config]', 'YAML or JSON file')
    .option('--endpoint <url>', 'ask a chat-completions server in place of a policy on disk')
    .option('--model <name>', 'the name that server knows the model by')
    .option('--csv <file>', 'also write what rewrites do to a CSV file')
    .option('--dry-run', 'say how much would be asked, and ask nothing'),
)
  .addHelpText(
    'after',
    `${example(
      'taskspace eval --set policy=runs/math-grpo/policy --set domains.math.subset=pocket',
    )}\n  $ taskspace eval --set domains.math.subset=pocket --set evaluation.rewrites=[0,1,2,4,8] --csv curve.csv`,
  )
  .action(async (file: string | undefined, options: EvalOptions) => {
    const { evaluateCommand } = await import('./eval.ts');
    process.exitCode = await evaluateCommand(file, options);
  });

addConfigOptions(
  program
    .command('ablate')
    .description('compare the variants of ExIt: seeds of each on equal numbers of sampled tokens')
    .argument('[config]', 'YAML or JSON file of a training run')
    .option('--seeds <count>', 'runs of each variant', '5')
    .option('--variants <names>', 'which', 'grpo,curriculum,improve,diverge,exit')
    .requiredOption('--tokens <count>', 'sampled tokens of each run')
    .option('--rewrites <counts>', 'numbers of rewrites to report on', '0,1,2,4,8')
    .option(
      '--learning-rates <rates>',
      "choose each variant's from these, on validation tasks and other seeds",
    )
    .option('--tuning-seeds <count>', 'runs of each variant and rate when choosing', '1')
    .option('--jobs <count>', 'runs side by side, with one thread each', '1'),
)
  .addHelpText(
    'after',
    example('taskspace ablate examples/math-grpo.yaml --tokens 400000 --jobs 2 --out runs/table-1'),
  )
  .action(async (file: string | undefined, options: AblateCommandOptions) => {
    const { ablateCommand } = await import('./ablate.ts');
    process.exitCode = await ablateCommand(file, options);
  });

addConfigOptions(
  program
    .command('solve')
    .description("search for the solution of one task with its domain's scaffold")
    .argument('<domain>', 'a domain by name')
    .argument('<task>', "the task's id, or its position in the split")
    .option('--rewrites <number>', 'how often to rewrite', '8')
    .option('--split <name>', 'train, validation or test')
    .option('--policy <path>', '"pocket", or a folder in Hugging Face format')
    .option('--endpoint <url>', 'ask a chat-completions server in place of a policy on disk')
    .option('--model <name>', 'the name that server knows the model by')
    .option('--config <file>', 'YAML or JSON file that has the domain'),
)
  .addHelpText('after', example('taskspace solve math 3 --set domains.math.subset=pocket'))
  .action(async (domain: string, task: string, options: SolveOptions) => {
    const { solveCommand } = await import('./solve.ts');
    process.exitCode = await solveCommand(domain, task, options);
  });

program
  .command('report')
  .description(
    "write a run's report.html: curves, the task space, rollouts side by side; figures also as CSV",
  )
  .argument('<run>', 'the folder of a run')
  .option('--json', 'say what was written as JSON')
  .addHelpText('after', example('taskspace report runs/math-grpo'))
  .action(async (run: string, options: ReportOptions) => {
    const { reportCommand } = await import('./report.ts');
    process.exitCode = await reportCommand(run, options);
  });

program
  .command('generate')
  .description('let a policy answer a prompt, a conversation, or what standard input says')
  .argument('[prompt]', "the user's message; left out or -, standard input")
  .option('--policy <path>', '"pocket", or a folder in Hugging Face format')
  .option('--system <text>', 'a system message before the prompt')
  .option(
    '--messages <file>',
    'a conversation as a JSON list of { role, content }; - is standard input',
  )
  .option('--raw', 'go on from the text as it stands, without the chat template')
  .option('--samples <number>', 'how many answers', '1')
  .option(
    '--set <path=value>',
    'override a setting, for example sampling.temperature=0; repeatable',
    collect,
    [],
  )
  .addOption(deviceOption())
  .option('--seed <number>', 'decides every random draw')
  .option('--json', 'prompt and answers with tokens and log-probabilities as JSON')
  .addHelpText(
    'after',
    example(
      "taskspace generate 'What is 6*7?' --policy runs/math-grpo/policy --set sampling.temperature=0",
    ),
  )
  .action(async (prompt: string | undefined, options: GenerateOptions) => {
    const { generateCommand } = await import('./generate.ts');
    process.exitCode = await generateCommand(prompt, options);
  });

program
  .command('export')
  .description('write a policy to a new folder that other tools load')
  .argument(
    '<policy>',
    '"pocket", or a folder in Hugging Face format; adapters are merged into their model',
  )
  .argument('<folder>', 'where to; new or empty')
  .option('--onnx', 'as @huggingface/transformers loads it, not as Hugging Face tools do')
  .option('--json', 'say what was written as JSON')
  .addHelpText('after', example('taskspace export runs/math-grpo/policy exported --onnx'))
  .action(async (policy: string, folder: string, options: ExportOptions) => {
    const { exportCommand } = await import('./export.ts');
    process.exitCode = await exportCommand(policy, folder, options);
  });

program
  .command('lint')
  .description("check a domain's own tasks, and say which are left out of training")
  .argument('<domain>', 'name, package or path')
  .option('--set <option=value>', "one of the domain's options; repeatable", collect, [])
  .option('--json', 'one line of JSON for each defect')
  .addHelpText('after', example('taskspace lint tooluse'))
  .action(async (domain: string, options: LintOptions) => {
    const { lintCommand } = await import('./lint.ts');
    process.exitCode = await lintCommand(domain, options);
  });

program
  .command('data')
  .description('list the published data that domains can use, or download it')
  .argument('[set]', 'which data; left out, what there is')
  .option('--domain <domain>', 'name, package or path of the domain; left out, all installed ones')
  .option('--out <folder>', 'where to; left out, a folder of its own in the cache')
  .option('--json', 'one line of JSON for each file')
  .addHelpText('after', example('taskspace data bfcl --out data/bfcl'))
  .action(async (set: string | undefined, options: DataCommandOptions) => {
    const { dataCommand } = await import('./data.ts');
    process.exitCode = await dataCommand(set, options);
  });

program
  .command('verify')
  .description("judge completions from a JSON Lines file with a domain's verifier")
  .argument('<domain>', 'name, package or path')
  .argument('<file>', 'one completion a line; for math { id, gold, pred, note? }')
  .option('--set <option=value>', "one of the domain's options; repeatable", collect, [])
  .option('--explain', 'also what was extracted, how each side was read and which rule decided')
  .option('--json', 'one line of JSON for each completion')
  .addHelpText('after', example('taskspace verify math answers.jsonl --explain'))
  .action(async (domain: string, file: string, options: VerifyCommandOptions) => {
    const { verifyCommand } = await import('./verify.ts');
    process.exitCode = await verifyCommand(domain, file, options);
  });

program
  .command('domains')
  .description('list the domain packages installed here')
  .option('--json', 'as JSON')
  .addHelpText('after', example('taskspace domains'))
  .action(async ({ json }: { json?: boolean }) => {
    const { listDomains, renderDomains } = await import('./domains.ts');
    const domains = await listDomains(process.cwd());
    process.stdout.write(`${json ? JSON.stringify(domains) : renderDomains(domains)}\n`);
  });

program
  .command('doctor')
  .description('say what this machine can do, and what to do about what it cannot')
  .option('--json', 'as JSON')
  .addHelpText('after', example('taskspace doctor'))
  .action(async ({ json }: { json?: boolean }) => {
    const { examine, renderFindings } = await import('./doctor.ts');
    const findings = await examine(process.cwd());
    process.stdout.write(`${json ? JSON.stringify(findings) : renderFindings(findings)}\n`);
    if (findings.some(({ status }) => status === 'broken')) process.exitCode = EXIT.failed;
  });

try {
  await program.parseAsync();
} catch (error) {
  if (isCommanderExit(error)) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function example(command: string): string {
  return `\nExample:\n  $ ${command}`;
}

function isCommanderExit(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number';
}
