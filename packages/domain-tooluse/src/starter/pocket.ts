/**
 * Pocket tasks: for policies of about a million parameters. A request takes a look and then an act that depends on what
 * was seen: the right one of several names, or an amount to compute. One wording each, short names and numbers up to 99
 * keep the vocabulary small.
 */
import { between, pick, type RandomStream, sample, shuffle } from '@taskspace/core';
import type { GoldCall, RequestSpec, WorldSpec } from '../payload.ts';
import type { ToolCall } from '../tool.ts';
import type { GeneratedTask, Level } from './generate.ts';

/** A pocket task with the slips a demonstration may show. */
export interface PocketTask extends GeneratedTask {
  /** Tools offered, by name. */
  readonly tools: readonly string[];
  /** For each call of each request, what a careless policy would call instead; null where there is nothing to get wrong. */
  readonly slips: readonly (readonly (ToolCall | null)[])[];
  /** A call that only looks. */
  readonly look: ToolCall;
}

const NAMES = ['pear', 'fig', 'plum', 'lime', 'kiwi', 'date'];

interface Shape {
  readonly requests: number;
  /** Names to choose from. */
  readonly choices: number;
}

const SHAPES: Readonly<Record<Level, Shape>> = {
  1: { requests: 1, choices: 3 },
  2: { requests: 1, choices: 5 },
  3: { requests: 2, choices: 3 },
  4: { requests: 2, choices: 5 },
  5: { requests: 3, choices: 5 },
};

/** Draws a pocket task. */
export function generatePocketTask(level: Level, random: RandomStream): PocketTask {
  const make = pick(random, [fileTask, fuelTask, ticketTask]);
  return { ...make(SHAPES[level], random), level };
}

type Unlevelled = Omit<PocketTask, 'level'>;
interface Asked {
  readonly request: RequestSpec;
  readonly slips: readonly (ToolCall | null)[];
}

function fileTask({ requests, choices }: Shape, random: RandomStream): Unlevelled {
  // Shuffled, so that no place in the list tells the largest.
  const numbers = shuffle(random, distinct(random, choices, 1, 99));
  const names = sample(random, choices, NAMES).map((name, index) => `${name}${numbers[index]}`);
  const contents = Object.fromEntries([
    ['box', { type: 'directory', contents: {} }],
    ...names.map((name) => [name, { type: 'file', content: '' }] as const),
  ]);
  let left = shuffle(random, names);
  const asked = Array.from({ length: requests }, (): Asked => {
    const { name, text, act } = pick(random, FILE_REQUESTS)(left, random);
    const slip = pick(
      random,
      left.filter((other) => other !== name),
    );
    left = left.filter((other) => other !== name);
    return { request: { text, gold: [LIST, act(name)] }, slips: [null, act(slip)] };
  });
  return {
    world: worldOf('GorillaFileSystem', { root: { home: { type: 'directory', contents } } }),
    tools: ['ls', 'mv', 'rm'],
    look: LIST,
    ...joined(asked),
  };
}

const LIST = call('ls', {});

type FileRequest = (
  names: readonly string[],
  random: RandomStream,
) => { readonly name: string; readonly text: string; act(name: string): GoldCall };

const remove = (name: string) => call('rm', { file_name: name });
const move = (name: string) => call('mv', { source: name, destination: 'box' });

const FILE_REQUESTS: readonly FileRequest[] = [
  (names) => ({
    name: byNumber(names).at(-1)!,
    text: 'List the files and remove the one with the largest number.',
    act: remove,
  }),
  (names) => ({
    name: byNumber(names)[0]!,
    text: 'List the files and remove the one with the smallest number.',
    act: remove,
  }),
  (names, random) => {
    const name = pick(random, names);
    return { name, text: `List the files and move the ${stem(name)} file to box.`, act: move };
  },
  (names) => ({
    name: byNumber(names).at(-1)!,
    text: 'List the files and move the one with the largest number to box.',
    act: move,
  }),
];

const MOST_FUEL = 50;

function fuelTask({ requests, choices }: Shape, random: RandomStream): Unlevelled {
  const lowest = choices > 3 ? 2 : 10;
  const levels = distinct(random, requests + 1, lowest, MOST_FUEL);
  const look = call('displayCarStatus', { option: 'fuel' });
  const asked = levels.slice(1).map((goal, index): Asked => {
    const missing = goal - levels[index]!;
    const fill = (amount: number) => call('fillFuelTank', { fuelAmount: amount });
    const slip = pick(
      random,
      [missing - 10, missing - 1, missing + 1, goal].filter(
        (amount) => amount > 0 && amount !== missing,
      ),
    );
    const text = `Check the fuel and fill the tank to ${goal}.`;
    return { request: { text, gold: [look, fill(missing)] }, slips: [null, fill(slip)] };
  });
  return {
    world: worldOf('VehicleControlAPI', { fuelLevel: levels[0] }),
    tools: ['displayCarStatus', 'fillFuelTank'],
    look,
    ...joined(asked),
  };
}

function ticketTask({ requests, choices }: Shape, random: RandomStream): Unlevelled {
  const count = Math.max(2 * requests, choices - 1);
  const ids = shuffle(random, distinct(random, count, 1, 99));
  const queue = ids.map((id) => ({ id, priority: between(random, 1, 5), status: 'Open' }));
  const show = (id: number) => call('get_ticket', { ticket_id: id });
  const close = (id: number) => call('close_ticket', { ticket_id: id });
  const asked = Array.from({ length: requests }, (_, index): Asked => {
    const [one, other] = [queue[2 * index]!, queue[2 * index + 1]!];
    if (one.priority === other.priority) other.priority = (one.priority % 5) + 1;
    const [high, low] = one.priority > other.priority ? [one, other] : [other, one];
    const wantsHigh = random.integer(2) === 0;
    const [right, wrong] = wantsHigh ? [high, low] : [low, high];
    const text = `Check tickets ${one.id} and ${other.id} and close the one with the ${wantsHigh ? 'larger' : 'smaller'} priority.`;
    return {
      request: { text, gold: [show(one.id), show(other.id), close(right.id)] },
      slips: [null, null, close(wrong.id)],
    };
  });
  return {
    world: worldOf('TicketAPI', { ticket_queue: queue }),
    tools: ['get_ticket', 'close_ticket'],
    look: show(queue[0]!.id),
    ...joined(asked),
  };
}

function joined(asked: readonly Asked[]): Pick<PocketTask, 'requests' | 'slips'> {
  return { requests: asked.map(({ request }) => request), slips: asked.map(({ slips }) => slips) };
}

function worldOf(name: string, config: object): WorldSpec {
  const text = JSON.stringify({ [name]: config });
  return { profile: 'v3', classes: [name], config: text, longContext: false };
}

function call(name: string, args: object): GoldCall {
  return { name, arguments: JSON.stringify(args) };
}

function byNumber(names: readonly string[]): readonly string[] {
  const numberOf = (name: string) => Number(/[0-9]+/u.exec(name)?.[0]);
  return names.toSorted((a, b) => numberOf(a) - numberOf(b));
}

function stem(name: string): string {
  return name.replace(/[0-9]+/u, '');
}

/** Different integers in rising order. */
function distinct(random: RandomStream, count: number, low: number, high: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(between(random, low, high));
  return [...chosen].sort((a, b) => a - b);
}
