/**
 * Writes pocket variations and the programs to try on them, for measure-pocket.py:
 *
 *   node --conditions=@taskspace/source scripts/dump-pocket.ts TARGET 364 91 91
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { programGrid, programText } from '../src/pocket/programs.ts';
import { drawVariant, variantFiles } from '../src/pocket/variant.ts';

const [target, ...counts] = process.argv.slice(2);
if (target === undefined || counts.length !== 3) {
  throw new Error('expected a target folder and three counts, for train, validation and test');
}
for (const [place, split] of (['train', 'validation', 'test'] as const).entries()) {
  for (let index = 0; index < Number(counts[place]); index++) {
    const variant = await drawVariant(split, index);
    const folder = join(target, split, String(index));
    const programs = programGrid(variant).map(programText);
    const files = { ...variantFiles(variant), 'programs.json': JSON.stringify(programs) };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }
}
