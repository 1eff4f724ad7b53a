import { type Competition, loadCompetition } from '../competitions/competition.ts';
import type { Challenge } from '../environment/single.ts';
import { writeCompetition } from '../starter/folders.ts';
import { readShippedText } from '../starter/tables.ts';
import { type PocketCompetition, preparePocket } from './source.ts';

/** Key of the one runner that all pocket competitions share. */
export const POCKET_KEY = 'pocket';

/**
 * A pocket competition as the environments need it. Its files are small enough to travel in front of the program, so that
 * all pocket competitions share one runner and its warm workers, and none sees another's rows.
 */
export async function pocketChallenge(
  pocket: PocketCompetition,
  { cache, mounted }: { readonly cache: string; readonly mounted: string },
): Promise<Challenge> {
  const prepared = await preparePocket(pocket);
  const competition: Competition = await loadCompetition(await writeCompetition(prepared, cache));
  const files = Object.entries(prepared.files).flatMap(([name, text]) =>
    name.startsWith('public/') && name !== 'public/kit.py'
      ? [[name.slice('public/'.length), text] as const]
      : [],
  );
  return {
    competition,
    key: POCKET_KEY,
    publicDir: mounted,
    prelude: prelude(Object.fromEntries(files)),
    bare: true,
    prompt: async () => pocket.prompt,
  };
}

/** The kit's source, for the folder that the shared runner mounts. */
export function kitSource(): Promise<string> {
  return readShippedText('kit.py');
}

/** One line of Python that writes files into a folder of the run and names it the public one; the kit can be imported. */
function prelude(files: Readonly<Record<string, string>>): string {
  // JSON in base64 needs no quoting.
  const packed = Buffer.from(JSON.stringify(files)).toString('base64');
  return [
    'import base64,json,os,sys,tempfile',
    'sys.path.append(os.environ["PUBLIC_RESOURCE_PATH"])',
    'os.environ["PUBLIC_RESOURCE_PATH"]=tempfile.mkdtemp()',
    `[open(os.path.join(os.environ["PUBLIC_RESOURCE_PATH"],n),"w").write(t) for n,t in json.loads(base64.b64decode("${packed}")).items()]`,
    'pass\n',
  ].join(';');
}
