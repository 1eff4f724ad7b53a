import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { type DiscoveredDomain, discoverDomains, type Finding } from '@taskspace/core';
import Table from 'cli-table3';
import { listSupportedBackends, env as ortEnvironment } from 'onnxruntime-node';
import { CUDA_INSTALL, deviceAdvice, resolveDevice } from '../engine/device.ts';
import { type Placement, placeOperators } from '../engine/fallbacks.ts';
import { hasDriver } from '../engine/find-driver.ts';
import type { DeviceName } from '../engine/protocol.ts';
import { createPluginHost } from '../run/plugin-host.ts';

const LEAST_NODE = [22, 12] as const;
const DEVICES: readonly DeviceName[] = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'];

/** Looks at what this machine can do: Node, memory, every execution provider (by sampling and training on it), domains. */
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
    findings.push({ subject: `device ${name}`, ...(await deviceFinding(name)) });
  }
  return findings;
}

async function deviceFinding(name: DeviceName): Promise<Omit<Finding, 'subject'>> {
  if (name === 'cuda' && !hasDriver(name)) {
    return {
      status: 'absent',
      detail:
        "onnxruntime-node's CUDA library is not installed, as few machines have a use for it: that takes an NVIDIA driver, CUDA 12 and cuDNN 9",
      fix: CUDA_INSTALL,
    };
  }
  try {
    const device = await resolveDevice(name, 0);
    if (name === 'cpu') return { status: 'ok', detail: device.label };
    return {
      status: 'ok',
      detail: `${device.label}; ${describePlacement(await placeOperators(device))}`,
    };
  } catch (error) {
    // Only the CPU is needed; what an accelerator lacks is said, not mended.
    const { cause } = error as { readonly cause?: unknown };
    const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(error);
    return {
      status: name === 'cpu' ? 'broken' : 'absent',
      detail: `a matrix product on it failed: ${reason.slice(-MOST_OF_A_REASON)}. ${deviceAdvice(name)}`,
    };
  }
}

/** What a device does of our graphs; an operator that runs in both places is one that also computes shapes. */
export function describePlacement({ onDevice, onCpu }: Placement): string {
  const always = onCpu.filter((operator) => !onDevice.includes(operator));
  const partly = onCpu.filter((operator) => onDevice.includes(operator));
  const large =
    always.length === 0
      ? 'it takes every operator of sampling and training'
      : `the CPU has to do ${always.join(', ')}`;
  return partly.length === 0 ? large : `${large}; on shapes the CPU does ${partly.join(', ')}`;
}

/** The end of a runtime's message says most. */
const MOST_OF_A_REASON = 160;

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
