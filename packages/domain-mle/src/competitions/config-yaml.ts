import { CompetitionError } from './competition-error.ts';

/** A tree of texts. */
export interface ConfigTree {
  readonly [key: string]: string | ConfigTree;
}

/**
 * Reads the part of YAML that MLE-bench's config.yaml files are written in: maps nested by indentation, with plain or quoted
 * values on one line.
 *
 * @param subject - The file, for error messages.
 * @throws {@link CompetitionError} for anything else, naming the line.
 */
export function parseConfigYaml(text: string, subject: string): ConfigTree {
  const root: Record<string, string | ConfigTree> = {};
  const open: { indent: number; map: Record<string, string | ConfigTree> }[] = [
    { indent: -1, map: root },
  ];
  for (const [index, line] of text.split(/\r?\n/u).entries()) {
    if (/^\s*(?:#.*)?$/u.test(line) || line === '---') continue;
    const match = /^( *)([\w.-]+):(?:\s+(.*))?$/u.exec(line);
    if (match === null) {
      throw new CompetitionError(
        subject,
        `line ${index + 1}: expected "key: value" or "key:", got ${JSON.stringify(line.slice(0, 80))}. Write it so.`,
      );
    }
    const [, spaces = '', key = '', rest = ''] = match;
    while (open.at(-1)!.indent >= spaces.length) open.pop();
    const { map } = open.at(-1)!;
    const value = scalar(rest);
    if (value === '') {
      const child = Object.create(null) as Record<string, string | ConfigTree>;
      map[key] = child;
      open.push({ indent: spaces.length, map: child });
    } else {
      map[key] = value;
    }
  }
  return root;
}

function scalar(text: string): string {
  const quoted = /^(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?$/u.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  return text.replace(/\s+#.*$/u, '').trim();
}

/** The text at a path of keys; undefined when there is none. */
export function textAt(tree: ConfigTree, ...path: readonly string[]): string | undefined {
  let value: string | ConfigTree | undefined = tree;
  for (const key of path) {
    if (typeof value !== 'object') return undefined;
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return typeof value === 'string' ? value : undefined;
}
