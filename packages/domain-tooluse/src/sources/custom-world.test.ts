import type { Task } from '@taskspace/core';
import { testDomain } from '@taskspace/core/testing';
import { payloadOf } from '../payload.ts';
import { exitProtocol } from '../protocol/exit.ts';
import { defineToolDomain } from './define-tool-domain.ts';
import { defineWorld } from './define-world.ts';

const counter = defineWorld<{ count: number }>({
  start: (config) => ({ count: (config as { from: number }).from }),
  tools: {
    count_up: {
      description: 'Count up.',
      parameters: { by: { type: 'integer' } },
      run(state, { by }) {
        state.count += Number(by);
        return { count: state.count };
      },
    },
  },
});

const task = (from: number, by: number) => ({
  id: `${from}-${by}`,
  config: { from },
  requests: [{ text: `Count up by ${by}.`, calls: [['count_up', { by }]] as const }],
});

const domain = defineToolDomain({
  name: 'counter',
  version: '0.0.0',
  tools: () => counter,
  tasks: { train: [task(1, 2), task(2, 2)], test: [task(3, 1)] },
});

testDomain(domain, {
  goldResponses: (given: Task) => [
    exitProtocol.writeCalls(payloadOf(given).requests[0]!.gold),
    exitProtocol.finish,
  ],
  wrongResponses: () => ['<tool>{"name":"count_up","args":{"by":99}}</tool>', '<TASK_FINISHED>'],
});
