import type { ToolDefinition } from '../tool.ts';
import { flag, integer, optional, text, tool } from './describe.ts';

const here = 'a name in the current directory, not a path';

/** A small file system with a current directory. */
export const FILE_SYSTEM_TOOLS: readonly ToolDefinition[] = [
  tool('cat', 'Show what a file holds.', { file_name: text(`File to show: ${here}.`) }),
  tool('cd', 'Go into a directory of the current one, or up with "..".', {
    folder: text('Directory to go to, one level at a time.'),
  }),
  tool('cp', 'Copy a file or directory.', {
    source: text(`What to copy: ${here}.`),
    destination: text('A new name, or a directory to copy it into; not a path.'),
  }),
  tool('diff', 'Compare two files line by line.', {
    file_name1: text(`First file: ${here}.`),
    file_name2: text(`Second file: ${here}.`),
  }),
  tool('du', 'Tell how much the current directory and everything in it take.', {
    human_readable: optional(flag('True for units such as KB.'), false),
  }),
  tool('echo', 'Write text into a file, replacing what it held, or just say it.', {
    content: text('The text.'),
    file_name: optional(text(`File to write: ${here}. Left out, the text is only said.`)),
  }),
  tool('find', 'List everything below a directory, or what has a certain text in its name.', {
    path: optional(text('Directory to start from.'), '.'),
    name: optional(text('Text that names must hold; left out, everything is listed.')),
  }),
  tool('grep', 'Show the lines of a file that hold a text.', {
    file_name: text(`File to search: ${here}.`),
    pattern: text('Text to look for.'),
  }),
  tool('ls', 'List the current directory.', {
    a: optional(flag('True to list hidden entries too.'), false),
  }),
  tool('mkdir', 'Make a directory in the current one.', {
    dir_name: text(`The new directory: ${here}.`),
  }),
  tool('mv', 'Move or rename a file or directory.', {
    source: text(`What to move: ${here}.`),
    destination: text('A new name, or a directory of the current one to move it into; not a path.'),
  }),
  tool('pwd', 'Tell the path of the current directory.'),
  tool('rm', 'Remove a file or directory.', { file_name: text(`What to remove: ${here}.`) }),
  tool('rmdir', 'Remove an empty directory.', { dir_name: text(`Directory: ${here}.`) }),
  tool('sort', 'Show the lines of a file in order; the file stays as it is.', {
    file_name: text(`File to sort: ${here}.`),
  }),
  tool('tail', 'Show the last lines of a file.', {
    file_name: text(`File to show: ${here}.`),
    lines: optional(integer('How many lines.'), 10),
  }),
  tool('touch', 'Make an empty file.', { file_name: text(`The new file: ${here}.`) }),
  tool('wc', 'Count the lines, words or characters of a file.', {
    file_name: text(`File to count: ${here}.`),
    mode: optional(text('l for lines, w for words, c for characters.', ['l', 'w', 'c']), 'l'),
  }),
];
