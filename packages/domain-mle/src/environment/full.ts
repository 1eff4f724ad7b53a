import { type CompetitionSource, loadCompetition } from '../competitions/competition.ts';
import type { Workshop } from '../workshop.ts';
import type { InfoType } from './action.ts';
import { previewFiles } from './preview.ts';
import { competitionPrompt, scoreText } from './prompt.ts';
import type { Challenge, Telling } from './single.ts';

/** A competition whose files are mounted, as the environments need it. */
export async function fullChallenge(
  source: CompetitionSource,
  workshop: Pick<Workshop, 'packages' | 'timeoutMs'>,
  askForValidation: boolean,
): Promise<Challenge> {
  const competition = await loadCompetition(source);
  const { publicDir, manifest } = competition;
  let prompt: Promise<string> | undefined;
  const write = async () => {
    const [previews, packages] = await Promise.all([previewFiles(publicDir), workshop.packages()]);
    const timeoutMs = manifest.limits?.timeoutMs ?? workshop.timeoutMs;
    return competitionPrompt(competition, previews, { timeoutMs, packages, askForValidation });
  };
  return {
    competition,
    key: competition.id,
    publicDir,
    prelude: '',
    bare: false,
    prompt() {
      prompt ??= write();
      return prompt;
    },
  };
}

/** What is said of a program: its trace when it failed; its score when that is shown. */
export const fullTelling: Telling = {
  failed: ({ trace }) => trace,
  valid: ({ score }, { competition }) =>
    `Score: ${Number(score!.toPrecision(6))}. ${scoreText(competition)}`,
};

/** Answers to the interactive form's requests for information. */
export async function infoText(
  { competition }: Challenge,
  type: InfoType,
  workshop: Pick<Workshop, 'packages'>,
): Promise<string> {
  const { publicDir, sampleSubmission, description } = competition;
  const sections: Readonly<Record<Exclude<InfoType, 'all'>, () => Promise<string>>> = {
    async overview() {
      const packages = Object.entries(await workshop.packages());
      const installed = packages.map(([name, version]) => `${name} ${version}`).join(', ');
      return `${description.trim()}\n\n${scoreText(competition)}\nInstalled: ${installed}.`;
    },
    async sample_submission() {
      if (sampleSubmission === null) return 'There is no sample submission.';
      return previewFiles(publicDir, { characters: 800, files: 1 }, [sampleSubmission]);
    },
    data_structure: () => previewFiles(publicDir),
  };
  if (type !== 'all') return sections[type]();
  return [
    await sections.overview(),
    await sections.sample_submission(),
    await sections.data_structure(),
  ].join('\n\n');
}
