import { assertOpening, assertTask } from '../assert-contract.ts';
import type { Demonstration, DomainParts } from '../domain.ts';
import { showValue } from '../show-value.ts';
import type { Split } from '../task.ts';
import { play } from './play.ts';
import { SEED, SPLITS, type Subject, sampleIndices } from './subject.ts';

/** Tasks have the contract's form, the domain's name and ids that mean one task each. */
export async function checkTasks(subject: Subject): Promise<void> {
  for (const split of SPLITS) {
    const source = await (await subject.parts()).tasks(split);
    const { size } = source;
    if (source.split !== split) subject.fail(`tasks('${split}').split "${split}"`, source.split);
    const isSize = size === Number.POSITIVE_INFINITY || (Number.isSafeInteger(size) && size >= 0);
    if (!isSize) subject.fail(`a count or Infinity as size of ${split}`, String(size));
    if (split === 'train' && size === 0) subject.fail('at least one training task', 'none');
    const seen = new Map<string, string>();
    for (const task of await subject.tasks(split, subject.samples * 10)) {
      assertTask(task, { domain: subject.domain.name });
      const content = JSON.stringify(task);
      const before = seen.get(task.id);
      // A generator may give one task twice; an id must still mean one task.
      if (before !== undefined && (Number.isFinite(size) || before !== content)) {
        subject.fail(`unique ids in ${split}`, `a second "${task.id}"`, task.id);
      }
      seen.set(task.id, content);
    }
  }
}

/** The same index gives the same task, in any order and from a second instance of the domain. */
export async function checkRepeatable(subject: Subject): Promise<void> {
  const fresh = await subject.create();
  for (const split of SPLITS) {
    const first = await (await subject.parts()).tasks(split);
    const second = await fresh.tasks(split);
    if (first.size !== second.size) {
      subject.fail(`the size ${first.size} of ${split} again`, String(second.size));
    }
    // Backwards the second time: a task must not depend on what was asked for before.
    for (const index of sampleIndices(first, subject.samples).reverse()) {
      const task = await first.at(index);
      subject.expectSame(`${split} task ${index} again`, task, await first.at(index), task.id);
      const other = await second.at(index);
      subject.expectSame(`${split} task ${index} of a new instance`, task, other, task.id);
    }
  }
}

/** No task of one split stands in another, by id or by instruction and payload. */
export async function checkDisjoint(subject: Subject): Promise<void> {
  const owners = new Map<string, { readonly split: Split; readonly id: string }>();
  for (const split of SPLITS) {
    for (const { id, instruction, payload } of await subject.tasks(split, subject.samples * 10)) {
      for (const key of [`id ${id}`, `content ${JSON.stringify([instruction, payload])}`]) {
        const owner = owners.get(key);
        if (owner !== undefined && owner.split !== split) {
          const what = key.startsWith('id ') ? 'the id' : 'instruction and payload';
          subject.fail(
            'splits without common tasks',
            `${what} of ${owner.split} task ${owner.id} in ${split}`,
            id,
          );
        }
        owners.set(key, { split, id });
      }
    }
  }
}

/** The same seed gives the same well-formed demonstrations; judged correct when their task is known. */
export async function checkDemonstrations(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  if (parts.demonstrations === undefined) return;
  const first = await takeDemonstrations(parts, subject.samples);
  const again = await takeDemonstrations(await subject.create(), subject.samples);
  subject.expectSame('the same demonstrations for the same seed', first, again);
  for (const demonstration of first) {
    assertOpening(demonstration.messages, { domain: subject.domain.name });
    const { response } = demonstration;
    if (typeof response !== 'string' || response === '') {
      subject.fail('a demonstration with a response', showValue(response));
    }
    const task = await subject.given.demonstratedTask?.(demonstration);
    if (task === undefined) continue;
    const { verdict } = await play(parts, task, SEED, [response], subject);
    if (!verdict.correct) {
      subject.fail(
        'a correct demonstration',
        `${showValue(response, 200)}, judged ${showValue(verdict, 200)}`,
        task.id,
      );
    }
  }
}

async function takeDemonstrations(parts: DomainParts, count: number): Promise<Demonstration[]> {
  const taken: Demonstration[] = [];
  for await (const demonstration of parts.demonstrations?.('train', SEED) ?? []) {
    taken.push(demonstration);
    if (taken.length >= count) break;
  }
  return taken;
}
