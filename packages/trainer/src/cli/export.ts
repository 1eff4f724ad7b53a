import { mkdir, readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '@taskspace/core';
import { readModelFolder, writeModelFolder } from '../model/checkpoint.ts';
import { writeOnnxFolder } from '../model/onnx-folder.ts';
import { writeFolderAtomic } from '../run/atomic-write.ts';
import { fetchPolicy, locatePolicy, policyFolder } from '../run/policy-folder.ts';
import { EXIT } from './exit.ts';

/** Options of `taskspace export`. */
export interface ExportOptions {
  readonly onnx?: boolean;
  readonly json?: boolean;
}

/** Writes a policy to a new folder, for other tools to load; gives the exit code. */
export async function exportCommand(
  policy: string,
  target: string,
  { onnx = false, json = false }: ExportOptions,
): Promise<number> {
  const folder = resolve(target);
  await requireEmpty(folder);
  const listener = { onNotice: (message: string) => void process.stderr.write(`${message}\n`) };
  const found = await fetchPolicy(locatePolicy({ path: policy }, process.cwd()), { listener });
  const model = await readModelFolder(policyFolder(found));
  await mkdir(dirname(folder), { recursive: true });
  await writeFolderAtomic(folder, (unfinished) =>
    onnx ? writeOnnxFolder(unfinished, model) : writeModelFolder(unfinished, model),
  );
  const parameters = [...model.parameters.values()].reduce((sum, data) => sum + data.length, 0);
  const written = { folder, format: onnx ? 'onnx' : 'hugging-face', parameters };
  const reader = onnx ? '@huggingface/transformers' : 'Hugging Face tools';
  process.stdout.write(
    json ? `${JSON.stringify(written)}\n` : `Written to ${folder}, for ${reader} to load.\n`,
  );
  return EXIT.ok;
}

/** What lies in a folder may be somebody's work. */
async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw notEmpty(`${folder} (${error.code})`);
  });
  const more = names.length > MOST_SHOWN ? ', …' : '';
  if (names.length > 0) {
    throw notEmpty(`${folder} with ${names.slice(0, MOST_SHOWN).join(', ')}${more}`);
  }
}

const MOST_SHOWN = 3;

function notEmpty(got: string): ConfigError {
  const problem = { path: 'folder', expected: 'a folder that is new or empty', got };
  return new ConfigError([problem], 'command line');
}
