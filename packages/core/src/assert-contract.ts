import type { ValidateFunction } from 'ajv';
import type { TurnOutcome } from './environment.ts';
import { DomainError, type DomainErrorCode } from './errors.ts';
import type { Json } from './json.ts';
import { createAjv } from './json-schema.ts';
import type { Message } from './message.ts';
import { joinPath, schemaProblems } from './schema-problems.ts';
import { messageSchema, taskSchema, turnOutcomeSchema, verdictSchema } from './schemas.ts';
import { showValue } from './show-value.ts';
import type { Task } from './task.ts';
import type { Verdict } from './verifier.ts';

/** Which domain, and when known which task, gave the value that is checked. */
export interface DomainPlace {
  readonly domain: string;
  readonly taskId?: string | undefined;
}

/**
 * Checks what {@link TaskSource.at} gave.
 *
 * @throws {@link DomainError} `TASKSPACE_ERR_DOMAIN_TASK`, also when the task names another domain or its payload is not JSON.
 */
export function assertTask(value: unknown, place: DomainPlace): asserts value is Task {
  check(validators().task, value, place, 'a task', 'TASKSPACE_ERR_DOMAIN_TASK');
  const { domain, id, payload } = value as Task;
  const at = { domain: place.domain, taskId: id };
  if (domain !== place.domain) {
    throw new DomainError(
      `a task: domain: expected ${showValue(place.domain)}, got ${showValue(domain)}. Give tasks the name of their domain.`,
      { ...at, code: 'TASKSPACE_ERR_DOMAIN_TASK' },
    );
  }
  assertJson(payload, 'payload', at, 'TASKSPACE_ERR_DOMAIN_TASK');
}

/**
 * Checks {@link Episode.opening}: at least one message.
 *
 * @throws {@link DomainError} `TASKSPACE_ERR_DOMAIN_OUTCOME`
 */
export function assertOpening(
  value: unknown,
  place: DomainPlace,
): asserts value is readonly Message[] {
  check(validators().opening, value, place, "an episode's opening", 'TASKSPACE_ERR_DOMAIN_OUTCOME');
}

/**
 * Checks what {@link Episode.respond} gave.
 *
 * @throws {@link DomainError} `TASKSPACE_ERR_DOMAIN_OUTCOME`
 */
export function assertTurnOutcome(
  value: unknown,
  place: DomainPlace,
): asserts value is TurnOutcome {
  check(validators().outcome, value, place, 'a turn outcome', 'TASKSPACE_ERR_DOMAIN_OUTCOME');
}

/**
 * Checks what {@link Episode.result} gave: a JSON value.
 *
 * @throws {@link DomainError} `TASKSPACE_ERR_DOMAIN_OUTCOME`
 */
export function assertResult(value: unknown, place: DomainPlace): asserts value is Json {
  assertJson(value, 'result', place, 'TASKSPACE_ERR_DOMAIN_OUTCOME');
}

/**
 * Checks what {@link Verifier.verify} gave.
 *
 * @throws {@link DomainError} `TASKSPACE_ERR_DOMAIN_VERDICT`
 */
export function assertVerdict(value: unknown, place: DomainPlace): asserts value is Verdict {
  const { quality } = (value ?? {}) as { quality?: unknown };
  if (typeof quality === 'number' && !(quality >= 0 && quality <= 1)) {
    throw new DomainError(
      `a verdict: expected a quality from 0 (worst) to 1 (best), got ${quality}. Rescale the score in the verifier, and give 0 when there is none.`,
      { ...place, code: 'TASKSPACE_ERR_DOMAIN_VERDICT' },
    );
  }
  check(validators().verdict, value, place, 'a verdict', 'TASKSPACE_ERR_DOMAIN_VERDICT');
}

function check(
  validate: ValidateFunction,
  value: unknown,
  place: DomainPlace,
  what: string,
  code: DomainErrorCode,
): void {
  if (validate(value)) return;
  const problems = schemaProblems(validate.errors ?? []).map(
    ({ path, expected, got, suggestion }) =>
      `${path === '' ? '' : `${path}: `}expected ${expected}, got ${got}.${suggestion === undefined ? '' : ` ${suggestion}`}`,
  );
  const shown = problems.slice(0, 5).join(' ');
  throw new DomainError(`${what}: ${shown} Correct the domain (taskspace check shows where).`, {
    ...place,
    code,
  });
}

function assertJson(value: unknown, what: string, place: DomainPlace, code: DomainErrorCode): void {
  const found = findForeign(value, [], 0);
  if (found === null) return;
  throw new DomainError(
    `${joinPath([what, ...found.path])}: expected a JSON value, got ${found.got}. Give plain data, so that it can be stored.`,
    { ...place, code },
  );
}

/** Depth beyond which a value is taken to be cyclic. */
const MAX_DEPTH = 200;

/** The first part of a value that would not survive JSON. */
function findForeign(
  value: unknown,
  path: readonly (string | number)[],
  depth: number,
): { readonly path: readonly (string | number)[]; readonly got: string } | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : { path, got: String(value) };
  }
  if (typeof value !== 'object') return { path, got: showValue(value) };
  if (depth >= MAX_DEPTH) return { path: path.slice(0, 3), got: 'a cycle or too deep a value' };
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  if (!isPlain) return { path, got: `an instance of ${value.constructor?.name ?? 'a class'}` };
  for (const [key, inner] of Object.entries(value)) {
    const found = findForeign(inner, [...path, key], depth + 1);
    if (found !== null) return found;
  }
  return null;
}

interface Validators {
  readonly task: ValidateFunction;
  readonly opening: ValidateFunction;
  readonly outcome: ValidateFunction;
  readonly verdict: ValidateFunction;
}

let compiled: Validators | undefined;

/** Compiled at first use, so that importing core costs nothing. */
function validators(): Validators {
  if (compiled === undefined) {
    const ajv = createAjv();
    compiled = {
      task: ajv.compile(taskSchema),
      opening: ajv.compile({ type: 'array', minItems: 1, items: messageSchema }),
      outcome: ajv.compile(turnOutcomeSchema),
      verdict: ajv.compile(verdictSchema),
    };
  }
  return compiled;
}
