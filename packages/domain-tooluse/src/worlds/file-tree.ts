/** The tree of the file system world: nodes, loading, copying, and how it is shown in a state. */
import { noAttribute, PyError, valueError } from '../python/errors.ts';
import { str } from '../python/text.ts';
import { equals, PyDict, type PyValue, typeName } from '../python/values.ts';
import type { Memo } from './api-class.ts';
import { items } from './attributes.ts';
import { longText, longValue } from './long-context.ts';

/** A file; its content is what was written, a string in all but wrong calls. */
export interface FileNode {
  readonly type: 'file';
  content: PyValue;
}

/** A directory. Several directories may share one `contents`: a move makes a new one around the old contents. */
export interface DirectoryNode {
  readonly type: 'directory';
  readonly name: string;
  readonly parent: DirectoryNode | undefined;
  contents: Map<string, TreeNode>;
}

/** An entry of a directory. */
export type TreeNode = FileNode | DirectoryNode;

/** A tree of more entries than this is not copied, and a deeper one not grown: calls must stay cheap. */
const MAX_NODES = 3_000;
const MAX_DEPTH = 400;

/** An empty directory. */
export function directory(name: string, parent: DirectoryNode | undefined): DirectoryNode {
  return { type: 'directory', name, parent, contents: new Map() };
}

/**
 * The tree of a config's `root`: a dict with one key, which names the root directory.
 *
 * @param longContext - Whether files get filler text, and directories without subdirectories filler files.
 */
export function loadTree(root: PyDict, longContext: boolean): DirectoryNode {
  const [entry] = [...root.entries()];
  if (entry === undefined) return directory('/', undefined);
  const tree = directory(str(entry[0]), undefined);
  fill(tree, entry[1], longContext);
  return tree;
}

/** Refuses to grow a tree beyond what Python's recursion could walk. */
export function refuseDepth(node: DirectoryNode): void {
  let depth = 0;
  for (let up: DirectoryNode | undefined = node; up !== undefined; up = up.parent) depth += 1;
  if (depth > MAX_DEPTH) throw new PyError('RecursionError', 'maximum recursion depth exceeded');
}

/** Refuses to copy a tree that has grown out of hand; shared subdirectories count every time. */
export function refuseSize(node: TreeNode): void {
  let left = MAX_NODES;
  const count = (each: TreeNode, depth: number): void => {
    left -= 1;
    if (left < 0 || depth > MAX_DEPTH) {
      throw new PyError('RecursionError', 'maximum recursion depth exceeded');
    }
    if (each.type === 'directory')
      for (const child of each.contents.values()) count(child, depth + 1);
  };
  count(node, 0);
}

/** A copy of a node and all it reaches, aliases and parents kept. */
export function copyNode<Node extends TreeNode>(node: Node, memo: Memo): Node {
  const known = memo.get(node);
  if (known !== undefined) return known as Node;
  if (node.type === 'file') {
    const copy: FileNode = { type: 'file', content: node.content };
    memo.set(node, copy);
    return copy as Node;
  }
  const copy = {
    type: 'directory' as const,
    name: node.name,
    parent: undefined as DirectoryNode | undefined,
    contents: new Map<string, TreeNode>(),
  };
  memo.set(node, copy);
  if (node.parent !== undefined) copy.parent = copyNode(node.parent, memo);
  copy.contents = copyContents(node.contents, memo);
  return copy as DirectoryNode as Node;
}

/** The tree as a state shows it: the root with its name, all else named by its key. */
export function showTree(root: DirectoryNode): PyDict {
  return PyDict.of({ name: root.name, type: 'directory', contents: showContents(root) });
}

function showContents({ contents }: DirectoryNode): PyDict {
  const shown = new PyDict();
  for (const [name, child] of contents) {
    shown.set(
      name,
      child.type === 'file'
        ? PyDict.of({ type: 'file', content: child.content })
        : PyDict.of({ type: 'directory', contents: showContents(child) }),
    );
  }
  return shown;
}

/** The directory's path from its topmost parent. */
export function pathOf(node: DirectoryNode): string {
  const names: string[] = [];
  for (let up: DirectoryNode | undefined = node; up !== undefined; up = up.parent)
    names.unshift(up.name);
  return `/${names.join('/')}`;
}

/** Bytes of all files under the node. */
export function sizeOf(node: TreeNode): number {
  if (node.type === 'file') {
    const { content } = node;
    if (typeof content === 'string') return Buffer.byteLength(content);
    throw noAttribute(typeName(content), 'encode');
  }
  let total = 0;
  for (const child of node.contents.values()) total += sizeOf(child);
  return total;
}

/** Adds a file, or raises Python's ValueError when the name is taken. */
export function addFile(parent: DirectoryNode, name: string, content: PyValue): void {
  if (parent.contents.has(name)) {
    throw valueError(`File '${name}' already exists in directory '${parent.name}'.`);
  }
  parent.contents.set(name, { type: 'file', content });
}

/** Adds an empty directory, or raises Python's ValueError when the name is taken. */
export function addDirectory(parent: DirectoryNode, name: string): DirectoryNode {
  if (parent.contents.has(name)) {
    throw valueError(`Directory '${name}' already exists in directory '${parent.name}'.`);
  }
  refuseDepth(parent);
  const child = directory(name, parent);
  parent.contents.set(name, child);
  return child;
}

function copyContents(contents: Map<string, TreeNode>, memo: Memo): Map<string, TreeNode> {
  const known = memo.get(contents);
  if (known !== undefined) return known as Map<string, TreeNode>;
  const copy = new Map<string, TreeNode>();
  memo.set(contents, copy);
  for (const [name, child] of contents) copy.set(name, copyNode(child, memo));
  return copy;
}

function fill(parent: DirectoryNode, config: PyValue, longContext: boolean): void {
  if (!(config instanceof PyDict)) throw noAttribute(typeName(config), 'items');
  let hasDirectory = false;
  for (const [key, entry] of items(config.get('contents') ?? new PyDict())) {
    if (!(entry instanceof PyDict)) continue;
    const name = str(key);
    const type = entry.get('type') ?? null;
    if (equals(type, 'directory')) {
      hasDirectory = true;
      const child = directory(name, parent);
      parent.contents.set(name, child);
      fill(child, entry, longContext);
    } else if (equals(type, 'file')) {
      parent.contents.set(name, { type: 'file', content: contentOf(name, entry, longContext) });
    }
  }
  if (longContext && !hasDirectory) {
    for (const name of longValue('POPULATE_FILE_EXTENSION') as string[]) {
      parent.contents.set(name, { type: 'file', content: '' });
    }
  }
}

function contentOf(name: string, entry: PyDict, longContext: boolean): PyValue {
  const content = entry.get('content') ?? '';
  if (!longContext || typeof content !== 'string') return content;
  const spared = longValue('FILES_TAIL_USED') as string[];
  return spared.includes(name) ? content : content + longText('FILE_CONTENT_EXTENSION');
}
