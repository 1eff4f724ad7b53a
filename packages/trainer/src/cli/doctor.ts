import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { type DiscoveredDomain, discoverDomains, type Finding } from '@taskspace/core';
import Table from 'cli-table3';
import { listSupportedBackends, env as ortEnvironment } from 'onnxruntime-node';
import { resolveDevice } from '../engine/device.ts';
import type { DeviceName } from '../engine/protocol.ts';
import { createPluginHost } from '../run/plugin-host.ts';

const LEAST_NODE = [22, 12] as const;
const DEVICES: readonly DeviceName[] = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'];

/** Looks at what this machine can do: Node, memory, every execution provider (by running a product on it), domains. */
export async function examine(folder: string): Promise<readonly Finding[]> {
  return [
    nodeFinding(process.versions.node),
    {
      subject: 'machine',
      status: 'ok',
      detail: `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${gigabytes(freemem())} of ${gigabytes(totalmem())} GB memory free`,
    },
    {
      subject: 'onnxruntime-node',
      status: 'ok',
      detail: ortEnvironment.versions.node ?? 'unknown',
    },
    ...(await deviceFindings()),
    ...(await domainFindings(folder)),
  ];
}

/** The findings as a table. */
export function renderFindings(findings: readonly Finding[]): string {
  const table = new Table({
    head: ['', 'what', 'found'],
    style: { head: [], border: [] },
    colWidths: [8, 22, 90],
    wordWrap: true,
  });
  for (const { subject, status, detail, fix } of findings) {
    table.push([status, subject, fix === undefined ? detail : `${detail}. To mend it: ${fix}`]);
  }
  return table.toString();
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return {
    subject: 'Node',
    status: enough ? 'ok' : 'broken',
    detail: enough ? version : `${version}; install ${LEAST_NODE.join('.')} or newer`,
  };
}

async function deviceFindings(): Promise<Finding[]> {
  const supported = new Set<string>(listSupportedBackends().map(({ name }) => name));
  const findings: Finding[] = [];
  for (const name of DEVICES) {
    if (!supported.has(name)) continue;
    try {
      const { label } = await resolveDevice(name, 0);
      findings.push({ subject: `device ${name}`, status: 'ok', detail: label });
    } catch (error) {
      // Only the CPU is needed; what an accelerator lacks is said, not mended.
      findings.push({
        subject: `device ${name}`,
        status: name === 'cpu' ? 'broken' : 'absent',
        detail: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return findings;
}

async function domainFindings(folder: string): Promise<Finding[]> {
  const found = await discoverDomains(createPluginHost(folder));
  if (found.length === 0) {
    const detail = 'none installed; try npm install @taskspace/domain-math';
    return [{ subject: 'domains', status: 'absent', detail }];
  }
  return (await Promise.all(found.map(examineDomain))).flat();
}

/** Whether a domain loads, and what it says of the machine; what it needs for itself must not stop the others. */
async function examineDomain(found: DiscoveredDomain): Promise<Finding[]> {
  const { name, version } = found.package;
  if (found.status === 'failed') {
    return [{ subject: `domain ${name}`, status: 'broken', detail: found.error.message }];
  }
  const { domain } = found;
  const subject = `domain ${domain.name}`;
  const own: Finding = { subject, status: 'ok', detail: `${name} ${version}` };
  try {
    const needs = (await domain.examine?.()) ?? [];
    return [own, ...needs.map((need) => ({ ...need, subject: `${domain.name}: ${need.subject}` }))];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ subject, status: 'broken', detail }];
  }
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
