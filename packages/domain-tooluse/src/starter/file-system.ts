import { between, type Json, pick, type RandomStream, sample, shuffle } from '@taskspace/core';
import { type Data, member, type Scene, type Step, StepFailed, type Walk } from './walk.ts';
import { EXTENSIONS, FILE_STEMS, FOLDERS, sentence } from './words.ts';

const CLASS = 'GorillaFileSystem';

function file(random: RandomStream): Data {
  const lines = Array.from({ length: between(random, 1, 5) }, () => sentence(random));
  return { type: 'file', content: lines.join('\n') };
}

function files(random: RandomStream, count: number): Data {
  const names = sample(random, count, FILE_STEMS).map(
    (stem) => `${stem}.${pick(random, EXTENSIONS)}`,
  );
  return Object.fromEntries(names.map((name) => [name, file(random)]));
}

function config(random: RandomStream): Data {
  const folders = sample(random, between(random, 2, 3), FOLDERS).map((name) => [
    name,
    { type: 'directory', contents: files(random, between(random, 0, 3)) },
  ]);
  const contents = Object.fromEntries(
    shuffle(random, [...folders, ...Object.entries(files(random, between(random, 2, 4)))]),
  );
  return {
    root: { [pick(random, ['home', 'workspace', 'disk'])]: { type: 'directory', contents } },
  };
}

/** What stands in the current directory. */
function here(walk: Walk): {
  readonly files: string[];
  readonly folders: string[];
  readonly taken: Data;
} {
  const parts = String(walk.hidden(CLASS).cwd)
    .split('/')
    .filter((part) => part !== '')
    .slice(1);
  let node: Json = member(walk.state(CLASS), 'root');
  for (const part of parts) node = member(member(node, 'contents'), part);
  const taken = member(node, 'contents') as Data;
  const named = (type: string) =>
    Object.keys(taken).filter((name) => (taken[name] as Data).type === type);
  return { files: named('file'), folders: named('directory'), taken };
}

function contentOf(taken: Data, name: string): string {
  return String(member(taken[name]!, 'content'));
}

function aFile(walk: Walk): string {
  const { files: names } = here(walk);
  if (names.length === 0) throw new StepFailed('a file');
  return pick(walk.random, names);
}

/** Two files, one a folder, or whatever is asked for in numbers. */
function some(walk: Walk, kind: 'files' | 'folders', count: number): string[] {
  const names = here(walk)[kind];
  if (names.length < count) throw new StepFailed(kind);
  return sample(walk.random, count, names);
}

function freshFile(walk: Walk): string {
  const { taken } = here(walk);
  const free = FILE_STEMS.map((stem) => `${stem}.${pick(walk.random, EXTENSIONS)}`).filter(
    (name) => !Object.hasOwn(taken, name),
  );
  return pick(walk.random, free);
}

const steps: readonly Step[] = [
  (walk) => {
    const [name] = some(walk, 'files', 1);
    const [folder] = some(walk, 'folders', 1);
    walk.call('mv', { source: name!, destination: folder! });
    return pick(walk.random, [
      `Move ${name} into the folder ${folder}.`,
      `Please put ${name} away in ${folder}; it need not stay here.`,
    ]);
  },
  (walk) => {
    const name = aFile(walk);
    const free = FOLDERS.filter((folder) => !Object.hasOwn(here(walk).taken, folder));
    const folder = pick(walk.random, free);
    walk.call('mkdir', { dir_name: folder });
    walk.call('cp', { source: name, destination: folder });
    return pick(walk.random, [
      `Make a new folder ${folder} and copy ${name} into it.`,
      `I want a second copy of ${name} in a new folder called ${folder}.`,
    ]);
  },
  (walk) => {
    const name = freshFile(walk);
    const content = sentence(walk.random);
    walk.call('touch', { file_name: name });
    walk.call('echo', { content, file_name: name });
    return `Make an empty file ${name} first. Then write this into it: ${content}`;
  },
  (walk) => {
    const [folder] = some(walk, 'folders', 1);
    walk.call('cd', { folder: folder! });
    walk.call('ls');
    return pick(walk.random, [
      `Go into ${folder} and show me what is there.`,
      `Change to the folder ${folder} and list it.`,
    ]);
  },
  (walk) => {
    const name = aFile(walk);
    walk.call('wc', { file_name: name, mode: 'w' });
    return pick(walk.random, [`How many words are in ${name}?`, `Count the words of ${name}.`]);
  },
  (walk) => {
    const [first, second] = some(walk, 'files', 2) as [string, string];
    const copy = freshFile(walk);
    const count = (name: string) =>
      Number(member(walk.call('wc', { file_name: name, mode: 'l' }), 'count'));
    const [one, other] = [count(first), count(second)];
    if (one === other) return null;
    walk.call('cp', { source: one > other ? first : second, destination: copy });
    return `Compare how many lines ${first} and ${second} have, and copy the one with more lines to ${copy}.`;
  },
  (walk) => {
    const name = aFile(walk);
    const word = pick(walk.random, contentOf(here(walk).taken, name).split(/\s+/u));
    if (word === '') return null;
    walk.call('grep', { file_name: name, pattern: word });
    return pick(walk.random, [
      `Which lines of ${name} hold "${word}"?`,
      `Look for "${word}" in ${name}.`,
    ]);
  },
  (walk) => {
    const [first, second] = some(walk, 'files', 2) as [string, string];
    walk.call('diff', { file_name1: first, file_name2: second });
    return `How does ${second} differ from ${first}? Compare ${first} with it, in that order.`;
  },
  (walk) => {
    const name = aFile(walk);
    const stem = name.split('.')[0]!;
    const { taken } = here(walk);
    if (Object.keys(taken).filter((other) => other.includes(stem)).length !== 1) return null;
    walk.call('ls');
    walk.call('rm', { file_name: name });
    return `List what is here. One of the files is called ${stem} with some ending: remove it.`;
  },
  (walk) => {
    const name = aFile(walk);
    const lines = between(walk.random, 1, 3);
    walk.call('tail', { file_name: name, lines });
    return `Show me the last ${lines === 1 ? 'line (just 1)' : `${lines} lines`} of ${name}.`;
  },
  (walk) => {
    const name = aFile(walk);
    const to = freshFile(walk);
    walk.call('mv', { source: name, destination: to });
    walk.call('cat', { file_name: to });
    return `Rename ${name} to ${to}, then show me what it holds.`;
  },
];

/** Files and folders. */
export const fileSystemScene: Scene = { class: CLASS, config, steps };
