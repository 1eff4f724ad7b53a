import type { SolutionFailure } from '../run/solution.ts';

/** What usually lies behind a failure, for feedback. */
export const FAILURE_CAUSES: Readonly<Record<SolutionFailure, string>> = {
  'bad-code': 'The program is empty, too long, or holds characters that no program has.',
  crash: 'Often a wrong column name, missing values, mixed types, or a name never defined.',
  timeout: 'A model too large for the time, a search over too many settings, or an endless loop.',
  memory: 'All data copied several times, or a dense table made of a sparse one.',
  processes: 'Too many workers: n_jobs=-1 inside a loop, or a process pool.',
  output: 'Printing inside a loop.',
  disk: 'Files written inside a loop.',
  'no-submission': 'The program ended before it wrote submission.csv, or wrote it elsewhere.',
  'invalid-submission': 'Rows or columns differ from those of the sample submission.',
};
