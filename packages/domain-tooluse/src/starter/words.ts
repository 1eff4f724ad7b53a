/** Names and words that generated tasks are made of. */
export const FOLDERS = ['reports', 'drafts', 'archive', 'photos', 'notes', 'music', 'plans', 'old'];
export const FILE_STEMS = [
  'budget',
  'summary',
  'letter',
  'recipe',
  'poem',
  'list',
  'diary',
  'log',
  'offer',
  'essay',
];
export const EXTENSIONS = ['txt', 'md', 'csv'];
export const PEOPLE = [
  'Amy',
  'Boris',
  'Clara',
  'David',
  'Elena',
  'Felix',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
];
export const HANDLES = [
  'birdwatcher',
  'night_owl',
  'tea_time',
  'hill_walker',
  'old_maps',
  'blue_kite',
  'stone_path',
];
export const SUBJECTS = [
  'printer',
  'network',
  'keyboard',
  'door lock',
  'heating',
  'parking',
  'screen',
  'login',
];
export const TOPICS = [
  'garden',
  'harbour',
  'winter',
  'bridge',
  'orchard',
  'lantern',
  'station',
  'river',
  'market',
  'meadow',
];
const VERBS = ['opens', 'waits', 'rests', 'shines', 'changes', 'grows', 'sleeps'];
const TIMES = ['today', 'tomorrow', 'at noon', 'every day', 'in spring', 'again'];

import { pick, type RandomStream } from '@taskspace/core';

/** A short sentence without an end mark. */
export function sentence(random: RandomStream): string {
  return `The ${pick(random, TOPICS)} ${pick(random, VERBS)} ${pick(random, TIMES)}`;
}
