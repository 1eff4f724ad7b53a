import { beforeAll, describe, expect, test, vi } from 'vitest';
import { judgeEpisode } from './checkers/judge.ts';
import { bfclFolder } from './data/__fixtures__/bfcl-folder.ts';
import { BFCL_VARIANTS } from './data/bfcl.ts';
import { type BfclSource, createBfclSource } from './data/source.ts';
import type { EpisodeRecord } from './episode/record.ts';
import { createWorldSource } from './episode/world-source.ts';
import { payloadOf, type RequestSpec, type ToolPayload } from './payload.ts';
import type { ToolCall } from './tool.ts';

const folder = bfclFolder() ?? '';
if (folder === '') console.warn('SKIPPED: the benchmark ground truth. Set TASKSPACE_BFCL.');

const { signal } = new AbortController();
const worlds = createWorldSource();
const DEFAULTS = {
  profile: 'v3',
  variant: 'base',
  seed: 0,
  trainRequests: 'first',
  validationTasks: 0,
  trainOnDefective: false,
} as const;

function recordOf(requests: readonly (readonly ToolCall[])[]): EpisodeRecord {
  return {
    ending: 'finished',
    requests: requests.map((calls) => ({
      calls: calls.map((call) => ({ ...call, outcome: 'ok' as const })),
      responses: calls.length + 1,
      readable: calls.length,
      unreadable: 0,
    })),
  };
}

async function isCorrect(
  payload: ToolPayload,
  requests: readonly (readonly ToolCall[])[],
  options: { checker: 'exit' | 'bfcl'; strict: boolean } = { checker: 'exit', strict: false },
): Promise<boolean> {
  return (await judgeEpisode(payload, recordOf(requests), worlds, options, signal)).correct;
}

const goldOf = (requests: readonly RequestSpec[]) => requests.map(({ gold }) => gold);

// Thousands of episodes: the usual limit of one test is too short on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

describe.skipIf(folder === '')('the ground truth of the benchmark', () => {
  let source: BfclSource;
  let payloads: readonly ToolPayload[];

  beforeAll(async () => {
    source = await createBfclSource(folder, DEFAULTS);
    payloads = source.all.map(({ task }) => payloadOf(task));
  });

  test('is correct in all 200 tasks, by both checkers', async () => {
    for (const payload of payloads) {
      expect(await isCorrect(payload, goldOf(payload.requests))).toBe(true);
      const bfcl = { checker: 'bfcl', strict: false } as const;
      expect(await isCorrect(payload, goldOf(payload.requests), bfcl)).toBe(true);
    }
  });

  test('is wrong by the literal rules in the 24 tasks with positional arguments and the 2 with idle turns', async () => {
    const strict = { checker: 'exit', strict: true } as const;
    const wrong: number[] = [];
    for (const [index, payload] of payloads.entries()) {
      if (!(await isCorrect(payload, goldOf(payload.requests), strict))) wrong.push(index);
    }
    expect(wrong).toEqual([
      0, 24, 31, 32, 51, 52, 53, 55, 56, 57, 58, 59, 61, 62, 63, 67, 69, 71, 77, 80, 85, 103, 105,
      144, 167, 180,
    ]);
  });

  test('is wrong with any one call removed', async () => {
    let removed = 0;
    for (const payload of payloads) {
      for (const [turn, { gold }] of payload.requests.entries()) {
        for (const position of gold.keys()) {
          const less = goldOf(payload.requests).map((calls, index) =>
            index === turn ? calls.filter((_, place) => place !== position) : calls,
          );
          expect(await isCorrect(payload, less)).toBe(false);
          removed++;
        }
      }
    }
    expect(removed).toBe(1161);
  });

  test('is wrong with a call that changes the final state, right with one that does not', async () => {
    const changing: Readonly<Record<string, ToolCall>> = {
      GorillaFileSystem: { name: 'touch', arguments: '{"file_name": "one_more.txt"}' },
      MessageAPI: { name: 'add_contact', arguments: '{"user_name": "One More"}' },
      TwitterAPI: { name: 'follow_user', arguments: '{"username_to_follow": "one_more"}' },
      TicketAPI: { name: 'ticket_login', arguments: '{"username": "one", "password": "more"}' },
      TradingBot: {
        name: 'update_stock_price',
        arguments: '{"symbol": "AAPL", "new_price": 3.25}',
      },
      TravelAPI: {
        name: 'register_credit_card',
        arguments:
          '{"access_token": "x", "card_number": "1", "expiration_date": "1", "cardholder_name": "1", "card_verification_number": 1}',
      },
      VehicleControlAPI: { name: 'set_navigation', arguments: '{"destination": "one more"}' },
      MathAPI: { name: 'add', arguments: '{"a": 1, "b": 1}' },
    };
    let wrong = 0;
    for (const payload of payloads) {
      for (const name of payload.world.classes) {
        const requests = goldOf(payload.requests);
        const more = [...requests.slice(0, -1), [...requests.at(-1)!, changing[name]!]];
        const verdict = await judgeEpisode(
          payload,
          recordOf(more),
          worlds,
          { checker: 'exit', strict: false },
          signal,
        );
        const state = verdict.checks.find((check) => check.name === 'state')!;
        expect(verdict.correct).toBe(state.passed);
        if (['MathAPI'].includes(name)) expect(verdict.correct).toBe(true);
        if (['GorillaFileSystem', 'VehicleControlAPI', 'TradingBot', 'TicketAPI'].includes(name)) {
          expect([name, verdict.correct]).toEqual([name, false]);
        }
        if (!verdict.correct) wrong++;
        expect(verdict.scores.callRecall).toBe(1);
      }
    }
    expect(wrong).toBeGreaterThan(200);
  });

  test.each(BFCL_VARIANTS)('is correct in all tasks of %s', async (variant) => {
    const { all } = await createBfclSource(folder, { ...DEFAULTS, variant });
    const wrong: string[] = [];
    for (const { task } of all) {
      const payload = payloadOf(task);
      if (!(await isCorrect(payload, goldOf(payload.requests)))) wrong.push(task.id);
    }
    expect(wrong).toEqual([]);
  });

  test('is correct in all tasks of v4', async () => {
    const { all } = await createBfclSource(folder, { ...DEFAULTS, profile: 'v4' });
    for (const { task } of all) {
      const payload = payloadOf(task);
      expect([task.id, await isCorrect(payload, goldOf(payload.requests))]).toEqual([
        task.id,
        true,
      ]);
    }
  });

  test('leaves known-faulty tasks out of training, never out of the test', async () => {
    const ids = async (split: 'train' | 'test') => {
      const tasks = source.tasks(split);
      return Promise.all(
        Array.from({ length: tasks.size }, async (_, at) => (await tasks.at(at)).id),
      );
    };
    const faulty = source.all
      .filter(({ defect }) => defect !== undefined)
      .map(({ task }) => task.id);
    const [train, held] = [await ids('train'), await ids('test')];
    expect(held.length).toBe(100);
    expect(train.length).toBe(100 - faulty.filter((id) => !held.includes(id)).length);
    for (const id of faulty) expect(train).not.toContain(`${id}/first`);
  });
});
