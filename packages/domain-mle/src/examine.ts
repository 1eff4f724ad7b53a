import type { Finding } from '@taskspace/core';
import { pythonReport } from './python/python.ts';
import { sandboxReport } from './sandbox/sandbox.ts';

/** The sandboxes and the Python of this machine; where one sandbox works, nothing is wrong with the others. */
export async function examineMachine(): Promise<readonly Finding[]> {
  const [sandboxes, python] = await Promise.all([sandboxReport(), pythonReport()]);
  const works = sandboxes.some(({ status }) => status === 'ok');
  const found = sandboxes.map(
    ({ name, status, ...rest }): Finding => ({
      subject: `sandbox ${name}`,
      status: works && status === 'broken' ? 'absent' : status,
      ...rest,
    }),
  );
  const { name: subject, ...rest } = python;
  return [...found, { subject, ...rest }];
}
