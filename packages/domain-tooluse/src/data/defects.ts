/** A benchmark task that is known to be faulty. */
export interface KnownDefect {
  /** Number of the task, the same in all variants. */
  readonly number: number;
  readonly profiles: readonly ('v3' | 'v4')[];
  readonly reason: string;
}

const UNNAMED_INSURANCE =
  'The kind of insurance expected is named in no request and in no tool description.';

/** Tasks left out of training by default; the benchmark keeps them. */
export const KNOWN_DEFECTS: readonly KnownDefect[] = [
  {
    number: 4,
    profiles: ['v3', 'v4'],
    reason:
      'The expected post holds text that no tool returns: the file has one line, so sorting its lines changes nothing.',
  },
  {
    number: 10,
    profiles: ['v3'],
    reason: 'The request names the file notes.md, the expected call note.md.',
  },
  {
    number: 154,
    profiles: ['v3'],
    reason:
      'Five requests stand beside six lists of expected calls; the second and third lists belong to one request.',
  },
  { number: 159, profiles: ['v3'], reason: UNNAMED_INSURANCE },
  {
    number: 170,
    profiles: ['v3'],
    reason:
      'The expected message to customer support has words of its own, which no request gives.',
  },
  { number: 171, profiles: ['v3'], reason: UNNAMED_INSURANCE },
  {
    number: 178,
    profiles: ['v3'],
    reason: 'The booking id of the expected call is in no request and in no result.',
  },
  { number: 179, profiles: ['v3'], reason: UNNAMED_INSURANCE },
  { number: 185, profiles: ['v3'], reason: UNNAMED_INSURANCE },
  { number: 188, profiles: ['v3'], reason: UNNAMED_INSURANCE },
  {
    number: 198,
    profiles: ['v3', 'v4'],
    reason: 'The booking id of the expected cancellation is in no request and in no result.',
  },
];

/** Why a task of this number is known to be faulty, if it is. */
export function knownDefect(number: number, profile: 'v3' | 'v4'): string | undefined {
  return KNOWN_DEFECTS.find(
    (defect) => defect.number === number && defect.profiles.includes(profile),
  )?.reason;
}
