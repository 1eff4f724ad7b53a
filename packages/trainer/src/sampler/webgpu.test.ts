/**
 * The sampler with caches that stay on a device, through whatever WebGPU driver there is; without a graphics card, through the
 * software Vulkan driver that Debian's chromium package brings. Where neither is found the tests are skipped, and say so.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { resolveDevice } from '../engine/device.ts';
import { createPolicy, createRequest } from './__fixtures__/policy.ts';
import { Sampler } from './sampler.ts';

const SOFTWARE_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(SOFTWARE_DRIVER)) {
  process.env.VK_DRIVER_FILES ??= SOFTWARE_DRIVER;
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
}

const device = await resolveDevice('webgpu', 1).catch((error: Error) => {
  console.warn(`SKIPPED: the WebGPU tests, for want of a device. ${error.message}`);
  return null;
});

test.skipIf(device === null)(
  'draws on WebGPU what it draws on the CPU',
  async () => {
    const policy = await createPolicy({ keyValueHeads: 2 });
    const requests = [
      createRequest(1, 5, 4, { maxTokens: 5 }),
      createRequest(2, 40, 3, { maxTokens: 34, stopTokens: [1, 2] }),
    ];
    const { signal } = new AbortController();
    const onCpu = new Sampler(policy.context);
    const { name, sessionOptions } = device!;
    const onDevice = new Sampler({ ...policy.context, device: name, sessionOptions });
    const [expected, got] = await Promise.all(
      [onCpu, onDevice].map((sampler) =>
        Promise.all(requests.map((request) => sampler.submit(request, signal))),
      ),
    );
    for (const [row, completions] of got!.entries()) {
      for (const [index, { tokens, logprobs, stop }] of completions.entries()) {
        const other = expected![row]![index]!;
        expect({ tokens, stop }).toEqual({ tokens: other.tokens, stop: other.stop });
        for (const [at, logprob] of logprobs.entries()) {
          expect(Math.abs(logprob - other.logprobs[at]!)).toBeLessThan(1e-3);
        }
      }
    }
    await onCpu.dispose();
    await onDevice.dispose();
  },
  180_000,
);
