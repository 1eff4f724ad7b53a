/** `GorillaFileSystem`: commands on an in-memory tree of directories and files with a working directory. */
import { compare, subtract } from '../python/arithmetic.ts';
import { noAttribute } from '../python/errors.ts';
import { fixed } from '../python/float-text.ts';
import {
  compareStrings,
  contains,
  length,
  splitLines,
  splitWords,
  stringWith,
} from '../python/strings.ts';
import { str } from '../python/text.ts';
import { equals, hashKey, isInt, PyDict, type PyValue, truthy } from '../python/values.ts';
import {
  type ApiClass,
  failure,
  type Method,
  method,
  type Setting,
  type WorldProfile,
} from './api-class.ts';
import {
  addDirectory,
  addFile,
  copyNode,
  type DirectoryNode,
  directory,
  type FileNode,
  loadTree,
  pathOf,
  refuseSize,
  showTree,
  sizeOf,
  type TreeNode,
} from './file-tree.ts';

/** An instance: the tree and where in it the user is, which may be a directory that no longer hangs in the tree. */
interface FileSystem {
  readonly setting: Setting;
  readonly root: DirectoryNode;
  current: DirectoryNode;
}

/** Names must not hold any of these. */
const INVALID_CHARACTERS = [...'|/\\?%*:"><'];
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

const METHODS: Readonly<Record<WorldProfile, ReadonlyMap<string, Method<FileSystem>>>> = {
  v3: methods('v3'),
  v4: methods('v4'),
};

/** The class `GorillaFileSystem`. */
export const GORILLA_FILE_SYSTEM: ApiClass<FileSystem> = {
  name: 'GorillaFileSystem',
  methods: (profile) => METHODS[profile],
  load(config, setting) {
    const root = config.get('root');
    const tree =
      root instanceof PyDict ? loadTree(root, setting.longContext) : directory('/', undefined);
    return { setting, root: tree, current: tree };
  },
  copy: ({ setting, root, current }, memo) => ({
    setting,
    root: copyNode(root, memo),
    current: copyNode(current, memo),
  }),
  publicState: ({ setting, root }) =>
    PyDict.of({ long_context: setting.longContext, root: showTree(root) }),
  privateState: ({ current }) => PyDict.of({ cwd: pathOf(current) }),
};

function methods(profile: WorldProfile): ReadonlyMap<string, Method<FileSystem>> {
  const v4 = profile === 'v4';
  return new Map<string, Method<FileSystem>>([
    ['pwd', method([], (self) => PyDict.of({ current_working_directory: pathOf(self.current) }))],
    ['ls', method([['a', false]], (self, all) => list(self, all))],
    [
      'cd',
      method(['folder'], (self, folder) => (v4 ? enter(self, folder) : navigate(self, folder))),
    ],
    ['mkdir', method(['dir_name'], (self, name) => makeDirectory(self, name))],
    ['touch', method(['file_name'], (self, name) => touch(self, name))],
    [
      'echo',
      method(['content', ['file_name', null]], (self, content, name) =>
        echo(self, v4, content, name),
      ),
    ],
    ['cat', method(['file_name'], (self, name) => cat(self, v4, name))],
    [
      'find',
      method(
        [
          ['path', '.'],
          ['name', null],
        ],
        (self, path, name) => find(self, v4, path, name),
      ),
    ],
    ['wc', method(['file_name', ['mode', 'l']], (self, name, mode) => count(self, name, mode))],
    ['sort', method(['file_name'], (self, name) => sort(self, name))],
    ['grep', method(['file_name', 'pattern'], (self, name, pattern) => grep(self, name, pattern))],
    ['du', method([['human_readable', false]], (self, human) => diskUsage(self, human))],
    ['tail', method(['file_name', ['lines', 10]], (self, name, lines) => tail(self, name, lines))],
    ['diff', method(['file_name1', 'file_name2'], (self, one, two) => diff(self, one, two))],
    ['mv', method(['source', 'destination'], (self, from, to) => move(self, v4, from, to))],
    ['rm', method(['file_name'], (self, name) => remove(self, name))],
    ['rmdir', method(['dir_name'], (self, name) => removeDirectory(self, v4, name))],
    ['cp', method(['source', 'destination'], (self, from, to) => copy(self, v4, from, to))],
  ]);
}

/** `name in directory.contents`, and the entry: a name of another type than str is hashed and never found. */
function entry({ current }: FileSystem, name: PyValue): TreeNode | undefined {
  hashKey(name);
  return typeof name === 'string' ? current.contents.get(name) : undefined;
}

function file(self: FileSystem, name: PyValue): FileNode | undefined {
  const node = entry(self, name);
  return node?.type === 'file' ? node : undefined;
}

function list({ current }: FileSystem, all: PyValue): PyValue {
  const names = [...current.contents.keys()];
  return PyDict.of({
    current_directory_content: truthy(all) ? names : names.filter((name) => !name.startsWith('.')),
  });
}

/** v3's `cd`: any path of names downwards, from here or from the root. */
function navigate(self: FileSystem, folder: PyValue): PyValue {
  if (folder === '..') return goUp(self);
  if (folder === null || folder === '.') return entered(self, self.current);
  if (folder === '/') return entered(self, self.root);
  const path = stringWith('strip', folder);
  let target: TreeNode | undefined = path.startsWith('/') ? self.root : self.current;
  for (const name of path.replace(/^\/+|\/+$/g, '').split('/')) {
    if (name === '.') continue;
    target = target.contents.get(name);
    if (target?.type !== 'directory') {
      return failure(`cd: ${path}: No such directory. You cannot use path to change directory.`);
    }
  }
  return entered(self, target as DirectoryNode);
}

/** v4's `cd`: one level only. */
function enter(self: FileSystem, folder: PyValue): PyValue {
  const name = stringWith('rstrip', folder).replace(/\/+$/, '');
  if (name === '..') return goUp(self);
  if (name === '.') return entered(self, self.current);
  const target = self.current.contents.get(name);
  if (target?.type !== 'directory') return failure(`cd: '${name}': No such file or directory`);
  return entered(self, target);
}

function entered(self: FileSystem, target: DirectoryNode): PyValue {
  self.current = target;
  return PyDict.of({ current_working_directory: target.name });
}

function goUp(self: FileSystem): PyValue {
  if (self.current.parent === undefined) {
    return failure('Current directory is already the root. Cannot go back.');
  }
  self.current = self.current.parent;
  return new PyDict();
}

function makeDirectory(self: FileSystem, name: PyValue): PyValue {
  if (entry(self, name) !== undefined) {
    return failure(`mkdir: cannot create directory '${str(name)}': File exists`);
  }
  if (hasInvalidCharacter(name)) {
    return failure(`mkdir: cannot create directory '${str(name)}': Invalid character`);
  }
  addDirectory(self.current, name as string);
  return null;
}

function touch(self: FileSystem, name: PyValue): PyValue {
  if (entry(self, name) !== undefined) {
    return failure(`touch: cannot touch '${str(name)}': File exists`);
  }
  if (hasInvalidCharacter(name)) {
    return failure(`touch: cannot touch '${str(name)}': Invalid character`);
  }
  addFile(self.current, name as string, '');
  return null;
}

function hasInvalidCharacter(name: PyValue): boolean {
  return INVALID_CHARACTERS.some((character) => contains(name, character));
}

function echo(self: FileSystem, v4: boolean, content: PyValue, name: PyValue): PyValue {
  if (name === null) return PyDict.of({ terminal_output: content });
  if (contains(name, '/')) {
    return failure(`echo: cannot touch '${str(name)}': Invalid character`);
  }
  if (!truthy(name)) return PyDict.of({ terminal_output: content });
  const target = entry(self, name);
  if (target === undefined) {
    if (v4) return failure(`echo: cannot write to '${str(name)}': No such file`);
    addFile(self.current, name as string, content);
    return null;
  }
  if (target.type === 'directory') throw noAttribute('Directory', '_write');
  target.content = content;
  return null;
}

function cat(self: FileSystem, v4: boolean, name: PyValue): PyValue {
  const shown = v4 ? `'${str(name)}'` : str(name);
  if (contains(name, '/')) return failure(`cat: ${shown}: No such file or directory`);
  const node = entry(self, name);
  if (node === undefined) return failure(`cat: ${shown}: No such file or directory`);
  if (node.type === 'directory') return failure(`cat: ${shown}: Is a directory`);
  return PyDict.of({ file_content: node.content });
}

function find(self: FileSystem, v4: boolean, path: PyValue, name: PyValue): PyValue {
  const base = stringWith('rstrip', path).replace(/\/+$/, '');
  let start = self.current;
  if (v4) {
    const target = follow(self, path as string);
    if (target === undefined) return failure(`find: '${str(path)}': No such file or directory`);
    start = target;
  }
  const matches: string[] = [];
  const walk = (each: DirectoryNode, prefix: string): void => {
    for (const [child, node] of each.contents) {
      if (name === null || contains(child, name)) matches.push(`${prefix}/${child}`);
      if (node.type === 'directory') walk(node, `${prefix}/${child}`);
    }
  };
  walk(start, base);
  return PyDict.of({ matches });
}

function follow(self: FileSystem, path: string): DirectoryNode | undefined {
  let target: TreeNode | undefined = path.startsWith('/') ? self.root : self.current;
  for (const name of path.replace(/^\/+|\/+$/g, '').split('/')) {
    if (name === '.' || name === '') continue;
    target = name === '..' ? target.parent : target.contents.get(name);
    if (target?.type !== 'directory') return undefined;
  }
  return target as DirectoryNode;
}

function count(self: FileSystem, name: PyValue, mode: PyValue): PyValue {
  if (!['l', 'w', 'c'].some((known) => equals(known, mode))) {
    return failure(`wc: invalid mode '${str(mode)}'`);
  }
  const node = file(self, name);
  if (node === undefined) return notFound('wc', name);
  if (mode === 'l')
    return counted(splitLines(stringWith('splitlines', node.content)).length, 'lines');
  if (mode === 'w') return counted(splitWords(stringWith('split', node.content)).length, 'words');
  return counted(length(stringWith('len', node.content)), 'characters');
}

function counted(number: number, type: string): PyDict {
  return PyDict.of({ count: number, type });
}

function sort(self: FileSystem, name: PyValue): PyValue {
  const node = file(self, name);
  if (node === undefined) return notFound('sort', name);
  const lines = splitLines(stringWith('splitlines', node.content)).sort(compareStrings);
  return PyDict.of({ sorted_content: lines.join('\n') });
}

function grep(self: FileSystem, name: PyValue, pattern: PyValue): PyValue {
  const node = file(self, name);
  if (node === undefined) return notFound('grep', name);
  const lines = splitLines(stringWith('splitlines', node.content));
  return PyDict.of({ matching_lines: lines.filter((line) => contains(line, pattern)) });
}

function diskUsage({ current }: FileSystem, human: PyValue): PyValue {
  const bytes = sizeOf(current);
  if (!truthy(human)) return PyDict.of({ disk_usage: `${bytes} bytes` });
  let size = bytes;
  for (const unit of UNITS) {
    if (size < 1024) return PyDict.of({ disk_usage: `${fixed(size, 2)} ${unit}` });
    size /= 1024;
  }
  return PyDict.of({ disk_usage: `${fixed(size, 2)} PB` });
}

function tail(self: FileSystem, name: PyValue, lines: PyValue): PyValue {
  const node = file(self, name);
  if (node === undefined) return notFound('tail', name);
  const all = splitLines(stringWith('splitlines', node.content));
  const wanted = compare(lines, '>', all.length) ? all.length : lines;
  const negative = subtract(0, wanted);
  // Python slices from minus zero, the start, when no line is asked for.
  const from = isInt(negative) ? Number(negative) : 0;
  return PyDict.of({ last_lines: all.slice(from).join('\n') });
}

function diff(self: FileSystem, one: PyValue, two: PyValue): PyValue {
  const left = file(self, one);
  const right = left === undefined ? undefined : file(self, two);
  if (left === undefined || right === undefined) {
    return failure(`diff: ${str(one)} or ${str(two)}: No such file or directory`);
  }
  const leftLines = splitLines(stringWith('splitlines', left.content));
  const rightLines = splitLines(stringWith('splitlines', right.content));
  const pairs = leftLines
    .slice(0, rightLines.length)
    .map((line, index) => [line, rightLines[index]!]);
  const changed = pairs.filter(([a, b]) => a !== b).map(([a, b]) => `- ${a}\n+ ${b}`);
  return PyDict.of({ diff_lines: changed.join('\n') });
}

function move(self: FileSystem, v4: boolean, source: PyValue, destination: PyValue): PyValue {
  const node = entry(self, source);
  if (node === undefined) {
    return failure(`mv: cannot move '${str(source)}': No such file or directory`);
  }
  const from = source as string;
  if (contains(destination, '/')) {
    return failure(
      v4
        ? 'mv: path not allowed in destination. Provide only a file or directory name.'
        : 'mv: no path allowed in destination. Only file name and folder name is supported for this operation.',
    );
  }
  const target = entry(self, destination);
  const to = destination as string;
  if (target === undefined) {
    self.current.contents.delete(from);
    place(self.current, to, node, (contents) => contents);
    return PyDict.of({ result: `'${from}' moved to '${to}'` });
  }
  if (target.type !== 'directory') {
    return failure(`mv: cannot move '${from}' to '${to}': Not a directory`);
  }
  if (target.contents.has(from)) {
    return failure(`mv: cannot move '${from}' to '${to}/${from}': File exists`);
  }
  self.current.contents.delete(from);
  place(target, from, node, (contents) => contents);
  return PyDict.of({ result: `'${from}' moved to '${to}/${from}'` });
}

function copy(self: FileSystem, v4: boolean, source: PyValue, destination: PyValue): PyValue {
  const node = entry(self, source);
  if (node === undefined) {
    return failure(`cp: cannot copy '${str(source)}': No such file or directory`);
  }
  const from = source as string;
  if (contains(destination, '/')) {
    return failure(
      v4
        ? 'cp: path not allowed in destination. Provide only a file or directory name.'
        : "cp: don't allow path in destination. Only file name and folder name is supported for this operation.",
    );
  }
  const target = entry(self, destination);
  const to = destination as string;
  refuseSize(node);
  if (target === undefined) {
    place(self.current, to, node, (contents) => new Map(contents));
    return PyDict.of({ result: `'${from}' copied to '${to}'` });
  }
  if (target.type !== 'directory') {
    return failure(`cp: cannot copy '${from}' to '${to}': Not a directory`);
  }
  place(target, from, node, (contents) => new Map(contents));
  return PyDict.of({ result: `'${from}' copied to '${to}/${from}'` });
}

/** Puts a new node for the old one: a file with its content, or a directory around the contents given. */
function place(
  parent: DirectoryNode,
  name: string,
  node: TreeNode,
  contentsOf: (contents: Map<string, TreeNode>) => Map<string, TreeNode>,
): void {
  if (node.type === 'file') addFile(parent, name, node.content);
  else addDirectory(parent, name).contents = contentsOf(node.contents);
}

function remove(self: FileSystem, name: PyValue): PyValue {
  if (entry(self, name) === undefined) {
    return failure(`rm: cannot remove '${str(name)}': No such file or directory`);
  }
  self.current.contents.delete(name as string);
  return PyDict.of({ result: `'${str(name)}' removed` });
}

function removeDirectory(self: FileSystem, v4: boolean, name: PyValue): PyValue {
  const node = entry(self, name);
  if (node === undefined) {
    return failure(`rmdir: cannot remove '${str(name)}': No such file or directory`);
  }
  if (node.type !== 'directory') {
    return failure(`rmdir: cannot remove '${str(name)}': Not a directory`);
  }
  if (node.contents.size > 0) {
    const verb = v4 ? 'cannot' : 'failed to';
    return failure(`rmdir: ${verb} remove '${str(name)}': Directory not empty`);
  }
  self.current.contents.delete(name as string);
  return PyDict.of({ result: `'${str(name)}' removed` });
}

function notFound(command: string, name: PyValue): PyDict {
  return failure(`${command}: ${str(name)}: No such file or directory`);
}
