import type { Task } from '@taskspace/core';
import { testDomain } from '@taskspace/core/testing';
import { describe } from 'vitest';
import { bfclFolder } from './data/__fixtures__/bfcl-folder.ts';
import toolUse, { PROTOCOLS, type ToolUseOptions } from './index.ts';
import { payloadOf } from './payload.ts';
import type { ProtocolName } from './protocol/protocol.ts';

const folder = bfclFolder() ?? '';
if (folder === '') console.warn('SKIPPED: conformance on benchmark tasks. Set TASKSPACE_BFCL.');

function goldWith(name: ProtocolName) {
  const { writeCalls, finish } = PROTOCOLS[name];
  return (task: Task): readonly string[] =>
    payloadOf(task).requests.flatMap(({ gold }) => [
      ...(gold.length === 0 ? [] : [writeCalls(gold)]),
      finish,
    ]);
}

function wrongWith(name: ProtocolName) {
  return (): readonly string[] => [PROTOCOLS[name].finish];
}

function check(name: ProtocolName, options: Partial<ToolUseOptions>): void {
  testDomain(toolUse, {
    options: { ...options, protocol: name },
    goldResponses: goldWith(name),
    wrongResponses: wrongWith(name),
    samples: 8,
    maxTurns: 64,
  });
}

describe('generated tasks', () => check('exit', {}));

describe('pocket tasks', () =>
  check('exit', { subset: 'pocket', demonstrations: { wrongShare: 0.4, rewriteShare: 0.3 } }));

describe('another protocol, so many tasks', () => check('hermes', { limit: 30, levels: [1, 2] }));

describe.skipIf(folder === '')('benchmark tasks', () => check('exit', { bfcl: folder }));
