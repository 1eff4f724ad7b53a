import type { CompetitionManifest } from './manifest.ts';

/** What is known of one of MLE-bench's competitions beyond its folder. */
export type MleBenchPreset = Partial<Omit<CompetitionManifest, 'id'>>;

/** What MLE-bench's own graders do: five decimals, and columns nobody asked for are not looked at. */
export const MLE_BENCH_RULES: MleBenchPreset = { roundTo: 5, extraColumns: 'ignore' };

const PROBABILITY = { range: [0, 1] } as const;

/**
 * The six competitions of the ExIt paper, with its ranges of scores, and where their graders differ from the general rule.
 * Its AUC range starts at 0, so that a constant is worth 0.5.
 */
export const MLE_BENCH_PRESETS: Readonly<Record<string, MleBenchPreset>> = {
  'random-acts-of-pizza': {
    metric: 'auc',
    worst: 0,
    best: 1,
    idColumn: 'request_id',
    targets: ['requester_received_pizza'],
    // It names the giver of pizzas that were given.
    dropColumns: ['giver_username_if_known'],
    ...PROBABILITY,
  },
  'spooky-author-identification': {
    metric: 'log-loss',
    worst: 1.5,
    best: 0,
    idColumn: 'id',
    targets: ['EAP', 'HPL', 'MWS'],
    probabilities: 'checked',
  },
  'detecting-insults-in-social-commentary': {
    metric: 'auc',
    worst: 0,
    best: 1,
    // The comments themselves are the ids, and some are there twice.
    idColumn: 'Comment',
    targets: ['Insult'],
    rows: 'by-occurrence',
    ...PROBABILITY,
  },
  'jigsaw-toxic-comment-classification-challenge': {
    metric: 'auc',
    worst: 0,
    best: 1,
    idColumn: 'id',
    targets: ['toxic', 'severe_toxic', 'obscene', 'threat', 'insult', 'identity_hate'],
    ignoredAnswer: '-1',
    ...PROBABILITY,
  },
  'nomad2018-predict-transparent-conductors': {
    metric: 'rmsle',
    worst: 1,
    best: 0,
    idColumn: 'id',
    targets: ['formation_energy_ev_natom', 'bandgap_energy_ev'],
    rows: 'by-position',
  },
  'aerial-cactus-identification': {
    metric: 'auc',
    worst: 0,
    best: 1,
    idColumn: 'id',
    targets: ['has_cactus'],
    ...PROBABILITY,
  },
  'dog-breed-identification': { probabilities: 'softmax' },
  'leaf-classification': { probabilities: 'softmax' },
};

/** The paper's split of its six. */
export const PAPER_SPLIT = {
  train: [
    'random-acts-of-pizza',
    'spooky-author-identification',
    'detecting-insults-in-social-commentary',
  ],
  test: [
    'jigsaw-toxic-comment-classification-challenge',
    'nomad2018-predict-transparent-conductors',
    'aerial-cactus-identification',
  ],
} as const;
