/** Reads the benchmark's behaviour recordings where they lie, and replays them against our worlds. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePython } from '../../python/json.ts';
import { jsonDumps } from '../../python/text.ts';
import { PyDict, type PyValue } from '../../python/values.ts';
import { createWorld, formatJson, type World, type WorldProfile } from '../create-world.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..');

/** The folder of recordings: TASKSPACE_BFCL, or `../shared/data/bfcl` beside the repository. */
export const BFCL = process.env.TASKSPACE_BFCL ?? join(ROOT, '..', 'shared', 'data', 'bfcl');

/** Whether a file of recordings is there; says so loudly when it is not. */
export function present(file: string): boolean {
  if (existsSync(join(BFCL, file))) return true;
  console.warn(
    `SKIPPED: ${join(BFCL, file)} is missing. Set TASKSPACE_BFCL to the folder of BFCL recordings.`,
  );
  return false;
}

/** One difference between a recording and our world. */
export interface Difference {
  readonly id: string;
  readonly turn: number;
  readonly what: string;
  readonly level: 1 | 2;
  readonly kind: string;
  readonly expected: string;
  readonly got: string;
}

/** How a file of recordings went. */
export interface Replay {
  readonly calls: { readonly [level: string]: number };
  readonly right: { readonly [level: string]: number };
  readonly states: number;
  readonly rightStates: number;
  readonly differences: readonly Difference[];
}

/** Lines of a JSON-lines file as Python values; `whole` reads all of a JSON file as one. */
export function lines(file: string, { whole = false } = {}): PyDict[] {
  const text = readFileSync(join(BFCL, file), 'utf8');
  const parts = whole ? [text] : text.split('\n').filter((line) => line.trim() !== '');
  return parts.map((part) => rawPython(part));
}

/** Replays a file; configs come from the recording, or from the file of tasks by id. */
export function replay(file: string, profile: WorldProfile, tasks?: string): Replay {
  const configs = new Map<string, PyValue>();
  if (tasks !== undefined) {
    for (const task of lines(tasks))
      configs.set(task.item('id') as string, task.item('initial_config'));
  }
  const calls: Record<string, number> = { level1: 0, level2: 0, level3: 0 };
  const right: Record<string, number> = { level1: 0, level2: 0, level3: 0 };
  const differences: Difference[] = [];
  let states = 0;
  let rightStates = 0;
  for (const sequence of lines(file)) {
    const id = sequence.item('id') as string;
    const config = sequence.get('initial_config') ?? configs.get(id) ?? new PyDict();
    const world = createWorld({
      profile,
      classes: sequence.item('involved_classes') as string[],
      config: jsonDumps(config)!,
      longContext: file.includes('long-context'),
    });
    const check = (turn: number, recorded: PyValue, kind: string): boolean => {
      states += 1;
      const wrong = stateDifference(world, recorded as PyDict);
      if (wrong === undefined) rightStates += 1;
      else differences.push({ id, turn, what: 'state', level: 1, kind, ...wrong });
      return wrong === undefined;
    };
    check(-1, sequence.item('initial_state'), 'load');
    for (const turn of sequence.item('turns') as PyDict[]) {
      const number = turn.item('turn') as number;
      for (const call of turn.item('calls') as PyDict[]) {
        const kind = (call.get('kind') ?? 'replay') as string;
        const got = run(world, call);
        const hard = kind === 'wrong_type' || kind === 'boundary';
        const level = hard ? 'level3' : 'level1';
        const exact = sameResult(call, got.result) && got.outcome === call.item('outcome');
        if (call.get('unstable') === true) continue;
        calls[level]! += 1;
        if (exact) right[level]! += 1;
        if (hard) {
          calls.level2! += 1;
          if (got.outcome === call.item('outcome')) right.level2! += 1;
        }
        if (!exact) {
          differences.push({
            id,
            turn: number,
            what: `${call.item('name')}(${jsonDumps(call.item('arguments'))})`,
            level: hard ? 2 : 1,
            kind,
            expected: `${call.item('outcome')} ${call.get('result') ?? call.get('result_head')}`,
            got: `${got.outcome} ${got.result.slice(0, 400)}`,
          });
        }
      }
      check(number, turn.item('state'), 'turn');
    }
  }
  return { calls, right, states, rightStates, differences };
}

/** Runs a recorded call: named arguments, or the positional list with the keywords. */
export function run(world: World, call: PyDict): ReturnType<World['call']> {
  const positional = call.get('positional');
  const name = call.item('name') as string;
  if (!Array.isArray(positional)) return world.call(name, jsonDumps(call.item('arguments')));
  return world.call(name, jsonDumps(call.get('keyword') ?? new PyDict()), positional);
}

function sameResult(call: PyDict, result: string): boolean {
  const sha = call.get('result_sha256');
  return sha === undefined
    ? result === call.get('result')
    : result !== undefined && sha === sha256(result);
}

function stateDifference(
  world: World,
  recorded: PyDict,
): { readonly expected: string; readonly got: string } | undefined {
  const ours = JSON.parse(JSON.stringify(world.state())) as Record<string, { public: unknown }>;
  const text = rawPython(world.stateText());
  for (const [name, expected] of recorded.entries()) {
    const both = text.item(name) as PyDict;
    if (ours[name as string] === undefined) return { expected: String(name), got: 'no such class' };
    const publicOnly = !(expected as PyDict).has('public');
    const got = jsonDumps(publicOnly ? both.item('public') : both)!;
    const sha = (expected as PyDict).get('state_sha256');
    if (sha !== undefined) {
      const ordered = formatJson(both.item('public'), { sortKeys: true });
      if (sha256(ordered) === sha) continue;
      return {
        expected: `sha ${sha} ${(expected as PyDict).get('state_chars')}`,
        got: `${ordered.length} ${got.slice(0, 300)}`,
      };
    }
    const wanted = jsonDumps(expected)!;
    if (got !== wanted)
      return { expected: `${name} ${around(wanted, got)}`, got: around(got, wanted) };
  }
  return undefined;
}

function around(text: string, other: string): string {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at += 1;
  return text.slice(Math.max(0, at - 80), at + 160);
}

/** JSON text as Python values, tags left as they are. */
function rawPython(text: string): PyDict {
  return parsePython(text, { tags: false }) as PyDict;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
