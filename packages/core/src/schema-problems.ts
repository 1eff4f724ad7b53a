import type { ErrorObject } from 'ajv';
import type { ConfigProblem } from './errors.ts';
import { describeSchema, listValues, type SchemaNode } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { showValue } from './show-value.ts';

/**
 * What ajv found wrong, as problems a person can act on: one per place, unions told as one problem, near misses offered.
 *
 * @param errors - Of a validator compiled by {@link createAjv}.
 */
export function schemaProblems(errors: readonly ErrorObject[]): readonly ConfigProblem[] {
  const problems = new Map<string, ConfigProblem>();
  for (const error of withoutUnionBranches(errors)) {
    if (error.keyword === 'if') continue; // The then or else branch that failed says more.
    const problem = toProblem(error);
    const key = `${problem.path}\n${problem.expected}`;
    if (!problems.has(key)) problems.set(key, problem);
  }
  return [...problems.values()];
}

/** Parts as a path: `a.b[0]`, with quotes round keys that are not plain words. */
export function joinPath(parts: readonly (string | number)[]): string {
  let path = '';
  for (const part of parts) {
    if (/^\d+$/u.test(String(part))) path += `[${part}]`;
    else if (/^[\w-]+$/u.test(String(part))) path += path === '' ? part : `.${part}`;
    else path += `[${JSON.stringify(part)}]`;
  }
  return path;
}

function toProblem(error: ErrorObject): ConfigProblem {
  const at = pointerParts(error.instancePath);
  const params = error.params as Readonly<Record<string, string>>;
  const parent = error.parentSchema as SchemaNode;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownKey(at, params.additionalProperty ?? params.unevaluatedProperty ?? '', parent);
    case 'required':
    case 'dependentRequired': {
      const missing = params.missingProperty ?? '';
      const expected = describeSchema(parent.properties?.[missing] ?? {});
      return { path: joinPath([...at, missing]), expected, got: 'nothing' };
    }
    case 'propertyNames':
      return {
        path: joinPath(at),
        expected: `keys that are each ${describeSchema(parent.propertyNames as SchemaNode)}`,
        got: showValue(params.propertyName),
      };
    case 'discriminator':
      return unknownTag(at, error);
    case 'not':
      return {
        path: joinPath(at),
        expected: `anything but ${describeSchema(error.schema as SchemaNode)}`,
        got: showValue(error.data),
      };
    default:
      return wrongValue(at, error.data, parent);
  }
}

function wrongValue(at: readonly string[], data: unknown, schema: SchemaNode): ConfigProblem {
  const values = 'const' in schema ? [schema.const] : ((schema.enum ?? []) as readonly unknown[]);
  const problem = { path: joinPath(at), expected: describeSchema(schema), got: showValue(data) };
  return withSuggestion(problem, data, values);
}

function unknownKey(at: readonly string[], key: string, schema: SchemaNode): ConfigProblem {
  const known = Object.keys(schema.properties ?? {});
  const expected = known.length === 0 ? 'no key here' : `one of the keys ${listValues(known, 30)}`;
  const problem = { path: joinPath([...at, key]), expected, got: `the unknown key "${key}"` };
  return withSuggestion(problem, key, known);
}

function unknownTag(at: readonly string[], error: ErrorObject): ConfigProblem {
  const { tag, tagValue } = error.params as { tag: string; tagValue: unknown };
  const branches = ((error.parentSchema as SchemaNode).oneOf ?? []) as readonly SchemaNode[];
  const tags = branches.flatMap((branch) => {
    const schema = branch.properties?.[tag] ?? {};
    return 'const' in schema ? [schema.const] : ((schema.enum ?? []) as readonly unknown[]);
  });
  const problem = {
    path: joinPath([...at, tag]),
    expected: `one of ${listValues(tags)}`,
    got: showValue(tagValue),
  };
  return withSuggestion(problem, tagValue, tags);
}

function withSuggestion(
  problem: ConfigProblem,
  word: unknown,
  candidates: readonly unknown[],
): ConfigProblem {
  if (typeof word !== 'string') return problem;
  const near = nearest(
    word,
    candidates.filter((candidate) => typeof candidate === 'string'),
  );
  return near === undefined ? problem : { ...problem, suggestion: `Did you mean "${near}"?` };
}

/**
 * Replaces the errors inside a failed anyOf or oneOf: by those of its one branch that the value was plainly meant for, or else
 * by the union's own error, which tells all branches.
 */
function withoutUnionBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = [...errors];
  // Inner unions are reported before the ones that hold them.
  for (const union of errors) {
    if ((union.keyword !== 'anyOf' && union.keyword !== 'oneOf') || !kept.includes(union)) continue;
    const inside = (error: ErrorObject, at: string) =>
      error !== union &&
      error.schemaPath.startsWith(at) &&
      error.instancePath.startsWith(union.instancePath);
    const branches = (union.schema as readonly unknown[]).map((_, index) =>
      kept.filter((error) => inside(error, `${union.schemaPath}/${index}/`)),
    );
    // A value of the wrong type, or with the wrong constant, was not meant for that branch.
    const meant = branches.filter(
      (branch) =>
        branch.length > 0 &&
        branch.every(
          (error) =>
            error.instancePath !== union.instancePath || STRUCTURAL.includes(error.keyword),
        ) &&
        branch.every((error) => error.keyword !== 'const'),
    );
    const [only] = meant;
    const dropped = new Set(branches.flat());
    if (meant.length === 1 && only !== undefined) {
      for (const error of only) dropped.delete(error);
      dropped.add(union);
    }
    kept = kept.filter((error) => !dropped.has(error));
  }
  return kept;
}

const STRUCTURAL = ['required', 'additionalProperties', 'dependentRequired'];

/** The parts of a JSON pointer, unescaped. */
function pointerParts(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
