import { fail, readLiteral, skipBlank } from './python-literal.ts';

/**
 * Python assignments of literals, `NAME = [...]`, as one JSON object: how the benchmark keeps its long-context filler.
 *
 * @throws {LiteralError} on anything but assignments.
 */
export function constantsToJson(source: string): string {
  const members: string[] = [];
  let at = skipBlank(source, 0);
  while (at < source.length) {
    const name = /([A-Z][A-Z0-9_]*)\s*=/y;
    name.lastIndex = at;
    const found = name.exec(source);
    if (found === null) fail(source, at, 'an assignment to a constant');
    const value = readLiteral(source, name.lastIndex);
    members.push(`${JSON.stringify(found[1])}: ${value.json}`);
    at = skipBlank(source, value.end);
  }
  return `{\n${members.join(',\n')}\n}\n`;
}
