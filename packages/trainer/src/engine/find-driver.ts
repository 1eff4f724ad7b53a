import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DeviceName } from './protocol.ts';

/**
 * Whether there is any sign of a driver for a device. Without one, trying the device fails and its native libraries complain on
 * the terminal, which nobody needs to see who has not asked for it.
 */
export function hasDriver(name: DeviceName): boolean {
  if (name === 'cuda') return hasCudaProvider();
  return name === 'webgpu' && process.platform === 'linux' ? hasVulkanDriver() : true;
}

/** The part of onnxruntime-node that its install script downloads on request. */
function hasCudaProvider(): boolean {
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const library = `onnxruntime_providers_cuda.${process.platform === 'win32' ? 'dll' : 'so'}`;
  const binaries = readdirSync(join(runtime, 'bin'), { recursive: true, encoding: 'utf8' });
  return binaries.some((file) => file.endsWith(library));
}

/** Looks where the Vulkan loader does: the variables it reads, then its folders of driver manifests. */
function hasVulkanDriver(): boolean {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES } = process.env;
  if (VK_DRIVER_FILES || VK_ICD_FILENAMES || VK_ADD_DRIVER_FILES) return true;
  const roots = ['/etc', '/usr/share', '/usr/local/share', join(homedir(), '.local', 'share')];
  return roots.some((root) => holdsManifest(join(root, 'vulkan', 'icd.d')));
}

function holdsManifest(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json'));
}
