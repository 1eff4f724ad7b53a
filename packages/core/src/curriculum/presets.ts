import { type ExitOptions, type ExitVariant, VARIANT_DEFAULTS } from './exit-options.ts';

/** What a preset sets of a run; the names are those of the run config. */
export interface ExitPreset {
  readonly curriculum: Partial<ExitOptions>;
  readonly rollout: { readonly prompts: number; readonly groupSize: number };
  readonly objective: {
    readonly name: 'grpo' | 'dr-grpo';
    readonly overLong: 'keep' | 'mask';
    readonly epochs: number;
    readonly klCoefficient: number;
    readonly reference: { readonly every: number; readonly mix: number };
  };
  readonly optimizer: { readonly learningRate: number };
}

/** The settings of the paper (arXiv 2509.04575) that have a preset. */
export type PresetDomain = 'math' | 'tooluse' | 'mle';

/** `paper/<domain>/<variant>`. */
export type PresetName = `paper/${PresetDomain}/${ExitVariant}`;

/** The numbers of one setting; those of `curriculum` by variant. */
interface PaperSetting extends Omit<ExitPreset, 'curriculum' | 'optimizer'> {
  readonly learningRate: Readonly<Record<ExitVariant, number>>;
  readonly curriculum: Readonly<Record<Exclude<ExitVariant, 'grpo'>, PaperCurriculum>>;
}

interface PaperCurriculum {
  readonly capacity: number;
  readonly minSize: number;
  readonly selectProbability: number;
  readonly divergeProbability: number;
}

/**
 * Appendix A of the paper. It gives no KL coefficient for tool use and ML engineering, so theirs is 0 here, and no κ: the default
 * stands.
 */
const PAPER: Readonly<Record<PresetDomain, PaperSetting>> = {
  math: {
    rollout: { prompts: 128, groupSize: 8 },
    objective: {
      name: 'grpo',
      overLong: 'keep',
      epochs: 1,
      klCoefficient: 0.001,
      reference: { every: 100, mix: 1 },
    },
    learningRate: everywhere(1e-6),
    curriculum: {
      curriculum: numbers(512, 128, 0.5, 0),
      improve: numbers(512, 128, 0.5, 0),
      diverge: numbers(512, 128, 0.5, 0.2),
      exit: numbers(512, 128, 0.5, 0.2),
    },
  },
  tooluse: {
    rollout: { prompts: 16, groupSize: 8 },
    objective: {
      name: 'dr-grpo',
      overLong: 'mask',
      epochs: 2,
      klCoefficient: 0,
      reference: { every: 100, mix: 1 },
    },
    learningRate: { grpo: 1e-6, curriculum: 5e-7, improve: 5e-7, diverge: 5e-7, exit: 1e-6 },
    curriculum: {
      curriculum: numbers(320, 320, 0.2, 0),
      improve: numbers(640, 320, 0.5, 0),
      diverge: numbers(640, 320, 0.5, 0.2),
      exit: numbers(640, 320, 0.5, 0.2),
    },
  },
  mle: {
    rollout: { prompts: 4, groupSize: 8 },
    objective: {
      name: 'grpo',
      overLong: 'keep',
      epochs: 1,
      klCoefficient: 0,
      reference: { every: 100, mix: 0.5 },
    },
    learningRate: everywhere(1e-6),
    curriculum: {
      curriculum: numbers(3, 3, 0.5, 0),
      improve: numbers(24, 8, 0.5, 0),
      diverge: numbers(32, 8, 0.5, 0.2),
      exit: numbers(24, 3, 0.5, 0.5),
    },
  },
};

/** The paper's hyperparameters for each domain and variant, made for policies of 3 to 7 billion parameters. */
export const PRESETS: Readonly<Record<PresetName, ExitPreset>> = Object.fromEntries(
  (Object.keys(PAPER) as PresetDomain[]).flatMap((domain) =>
    (Object.keys(VARIANT_DEFAULTS) as ExitVariant[]).map((variant) => [
      `paper/${domain}/${variant}`,
      preset(PAPER[domain], variant),
    ]),
  ),
) as Record<PresetName, ExitPreset>;

function preset(setting: PaperSetting, variant: ExitVariant): ExitPreset {
  const { rollout, objective, learningRate, curriculum } = setting;
  const buffer = variant === 'grpo' ? {} : curriculum[variant];
  return {
    curriculum: { variant, ...VARIANT_DEFAULTS[variant], ...buffer },
    rollout,
    objective,
    optimizer: { learningRate: learningRate[variant] },
  };
}

function numbers(
  capacity: number,
  minSize: number,
  selectProbability: number,
  divergeProbability: number,
): PaperCurriculum {
  return { capacity, minSize, selectProbability, divergeProbability };
}

function everywhere(rate: number): Record<ExitVariant, number> {
  return { grpo: rate, curriculum: rate, improve: rate, diverge: rate, exit: rate };
}
