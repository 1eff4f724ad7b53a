import { checkDefinition, type Domain } from '../domain.ts';
import {
  checkAbort,
  checkDeterminism,
  checkHostile,
  checkIndependence,
  checkJudgement,
  checkRestore,
} from './episode-checks.ts';
import { HOSTILE_RESPONSES } from './hostile-responses.ts';
import { type ConformanceOptions, Subject } from './subject.ts';
import { checkDemonstrations, checkDisjoint, checkRepeatable, checkTasks } from './task-checks.ts';

/** One thing every domain must do. */
export interface ConformanceCheck {
  /** A fact about the domain, as a test title. */
  readonly title: string;
  /** Why the check cannot be made here, and what would make it possible. */
  readonly skip?: string;
  /** Rejects with what is wrong when the fact does not hold. */
  run(): Promise<void>;
}

/** The checks every domain must pass, in the order in which failures are best understood. */
export function conformanceChecks<Options>(
  domain: Domain<Options>,
  options: ConformanceOptions<Options> = {},
): readonly ConformanceCheck[] {
  const subject = new Subject(domain as Domain, options as ConformanceOptions);
  const { goldResponses, wrongResponses } = options;
  return [
    { title: 'has a valid definition and options schema', run: () => checkOptions(subject) },
    { title: 'gives valid tasks with unique ids', run: () => checkTasks(subject) },
    { title: 'gives the same task at the same index', run: () => checkRepeatable(subject) },
    { title: 'keeps its splits disjoint by id and by content', run: () => checkDisjoint(subject) },
    {
      title: 'says the same for the same task, seed and responses',
      run: () => checkDeterminism(subject),
    },
    {
      title: 'plays episodes at the same time as if alone',
      run: () => checkIndependence(subject),
    },
    { title: 'restores every prefix by replay', run: () => checkRestore(subject) },
    needing(goldResponses, 'goldResponses', {
      title: 'accepts gold responses',
      run: () => checkJudgement(subject, goldResponses, true),
    }),
    needing(wrongResponses, 'wrongResponses', {
      title: 'refuses wrong responses',
      run: () => checkJudgement(subject, wrongResponses, false),
    }),
    ...HOSTILE_RESPONSES.map(({ name, text }) => ({
      title: `survives a response of ${name}`,
      run: () => checkHostile(subject, text),
    })),
    { title: 'ends its calls when aborted', run: () => checkAbort(subject) },
    { title: 'demonstrates repeatably', run: () => checkDemonstrations(subject) },
  ];
}

function needing(
  given: unknown,
  name: string,
  check: Omit<ConformanceCheck, 'skip'>,
): ConformanceCheck {
  return given === undefined ? { ...check, skip: `give ${name} to check this` } : check;
}

async function checkOptions(subject: Subject): Promise<void> {
  checkDefinition(subject.domain);
  subject.options();
  await subject.parts();
}
