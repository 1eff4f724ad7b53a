import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DomainParts, defineDomain, type SetUpContext } from '@taskspace/core';
import { catalogTasks, listCompetitions } from './catalog.ts';
import { extractCode } from './environment/extract-code.ts';
import { fullChallenge, fullTelling, infoText } from './environment/full.ts';
import { createInteractive } from './environment/interactive.ts';
import { programPrompts } from './environment/prompt.ts';
import { type Challenge, createSingleTurn, createVerifier } from './environment/single.ts';
import { examineMachine } from './examine.ts';
import { lintCompetitions } from './lint.ts';
import { type MleOptions, mleOptionsSchema } from './options.ts';
import { kitSource, pocketChallenge } from './pocket/challenge.ts';
import { demonstratePocket } from './pocket/demonstrations.ts';
import { pocketPrompts, pocketTelling } from './pocket/prompt.ts';
import { PocketCompetitions } from './pocket/source.ts';
import { defaultCompetitionsFolder } from './starter/folders.ts';
import { createWorkshop, type Workshop } from './workshop.ts';

export { type Competition, loadCompetition } from './competitions/competition.ts';
export { CompetitionError } from './competitions/competition-error.ts';
export { type Grade, grade } from './competitions/grade.ts';
export type { CompetitionManifest } from './competitions/manifest.ts';
export type { MleOptions, MleSource } from './options.ts';
export {
  type FindPythonOptions,
  findPython,
  type PythonRuntime,
  pythonReport,
} from './python/python.ts';
export {
  type CompetitionOutcome,
  type CompetitionRunner,
  type CompetitionRunnerOptions,
  createCompetitionRunner,
} from './runner.ts';
export {
  type FindSandboxOptions,
  findSandbox,
  SANDBOX,
  type Sandbox,
  SandboxError,
  type SandboxFinding,
  type SandboxLimits,
  type SandboxResult,
  type SandboxRun,
  sandboxReport,
} from './sandbox/sandbox.ts';

/** ML engineering: the policy writes a Python program, a sandbox runs it, its submission is graded. */
export default defineDomain<MleOptions>({
  name: 'mle',
  version: '0.0.0',
  options: mleOptionsSchema,
  async create(options, services) {
    const workshop = createWorkshop(options, services);
    const pocket = options.source === 'starter' && options.subset === 'pocket';
    const subset = pocket ? await pocketParts(options) : await catalogParts(options, workshop);
    const { challenge, dispose, ...parts } = subset;
    const { judge } = workshop;
    const prepare = async (context: SetUpContext): Promise<void> => {
      await workshop.prepare(context);
      // A program that does nothing goes all the way: what this machine forbids is said now.
      const source = await parts.tasks('train');
      if (source.size === 0) return;
      const { id } = await source.at(0);
      await judge.run(await challenge(id), 'pass\n', context.signal);
    };
    const environment =
      options.form === 'interactive'
        ? createInteractive({
            challenge,
            judge,
            maxActions: options.maxActions,
            info: (asked, type) => infoText(asked, type, workshop),
          })
        : createSingleTurn({ challenge, judge, telling: telling(options, pocket) });
    return {
      ...parts,
      prepare,
      environment,
      verifier: createVerifier(options.solvedAt),
      iterationReward: { improve: 'improvement', diverge: 'quality' },
      scaffold: {
        kind: 'greedy',
        ...(options.selectBy === 'validation' && { select: 'validationScore' }),
      },
      embeddingText(response) {
        const extracted = extractCode(response, { bare: true });
        return 'code' in extracted ? extracted.code : response;
      },
      async dispose() {
        await workshop[Symbol.asyncDispose]();
        await dispose();
      },
    };
  },
  examine: examineMachine,
});

interface SubsetParts extends Pick<DomainParts, 'tasks' | 'iteration' | 'demonstrations' | 'lint'> {
  challenge(taskId: string): Promise<Challenge>;
  dispose(): Promise<void>;
}

function telling(options: MleOptions, pocket: boolean) {
  const { showScore = pocket } = options;
  const usual = pocket ? pocketTelling : fullTelling;
  return showScore ? usual : { ...usual, valid: () => null };
}

async function pocketParts(options: MleOptions): Promise<SubsetParts> {
  const { cache = defaultCompetitionsFolder(), limit, demonstrations } = options;
  const competitions = await PocketCompetitions.open();
  let mounted: Promise<string> | undefined;
  const challenges = new Map<string, Promise<Challenge>>();
  const open = async (taskId: string) => {
    const pocket = await competitions.byTaskId(taskId);
    if (pocket === undefined) throw unknownTask(taskId);
    mounted ??= mountKit();
    return pocketChallenge(pocket, { cache, mounted: await mounted });
  };
  return {
    tasks: (split) => competitions.tasks(split, limit),
    challenge: (taskId) => remember(challenges, taskId, () => open(taskId)),
    iteration: pocketPrompts,
    demonstrations: (split, seed) => demonstratePocket(competitions, split, seed, demonstrations),
    async dispose() {
      if (mounted !== undefined) await rm(await mounted, { recursive: true, force: true });
    },
  };
}

/** The folder that all pocket programs see: the kit alone. */
async function mountKit(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskspace-kit-'));
  await writeFile(join(folder, 'kit.py'), await kitSource());
  return folder;
}

async function catalogParts(options: MleOptions, workshop: Workshop): Promise<SubsetParts> {
  const entries = await listCompetitions(options);
  const challenges = new Map<string, Promise<Challenge>>();
  const open = async (taskId: string) => {
    const entry = entries.find(({ id }) => id === taskId);
    if (entry === undefined) throw unknownTask(taskId);
    return fullChallenge(await entry.open(), workshop, options.selectBy === 'validation');
  };
  return {
    tasks: (split) => catalogTasks(entries, split, options.limit),
    challenge: (taskId) => remember(challenges, taskId, () => open(taskId)),
    iteration: programPrompts,
    lint: (signal) => lintCompetitions(entries, signal),
    async dispose() {
      for (const challenge of await Promise.allSettled(challenges.values())) {
        if (challenge.status === 'fulfilled') await challenge.value.competition.dispose();
      }
    },
  };
}

function remember(
  challenges: Map<string, Promise<Challenge>>,
  taskId: string,
  open: () => Promise<Challenge>,
): Promise<Challenge> {
  let challenge = challenges.get(taskId);
  if (challenge === undefined) {
    challenge = open();
    challenges.set(taskId, challenge);
    // What went wrong once may go right the next time.
    challenge.catch(() => challenges.delete(taskId));
  }
  return challenge;
}

function unknownTask(taskId: string): Error {
  return new RangeError(`mle: expected the id of one of its competitions, got "${taskId}".`);
}
