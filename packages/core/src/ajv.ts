import { Ajv, type ErrorObject } from 'ajv';

/** The one way this package compiles JSON Schemas: every problem at once, defaults filled in, unknown keywords refused. */
export function createAjv(): Ajv {
  return new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    // Off, so that branches of anyOf and if/then may name properties that stand beside them.
    strictRequired: false,
    allowUnionTypes: true,
    discriminator: true,
    verbose: true,
  });
}

/** A JSON pointer of ajv's as people write paths: `/domains/math/levels/0` → `domains.math.levels[0]`. */
export function pathOf(error: ErrorObject): string {
  return joinPath(pointerParts(error.instancePath));
}

/** The parts of a JSON pointer, unescaped. */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
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
