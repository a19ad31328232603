/**
 * WebGPU in Node by Dawn (the npm package `webgpu`), on a GPU or on SwiftShader, the software adapter that
 * comes with Chromium: for tests and benches. The command line's own engine refuses software adapters.
 */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { create, globals } from 'webgpu';

/**
 * Gives this process a `navigator.gpu` and loads tfjs's WebGPU backend, which is not set by that.
 *
 * @param options of Dawn, such as "backend=vulkan"
 * @throws Error where there is no adapter
 */
export async function startDawn(options: readonly string[] = []): Promise<GPUAdapter> {
  findChromiumsVulkan();
  Object.assign(globalThis, globals);
  const gpu = create([...options]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('no GPU adapter, and no SwiftShader beside a Chromium');
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
  return adapter;
}

/**
 * Lets Dawn find the Vulkan loader and the SwiftShader driver that Chromium carries. Dawn asks for
 * "libvulkan.so.1" by name alone, and LD_LIBRARY_PATH is read only when a process starts; but a
 * library that is already loaded is found by its name. process.dlopen loads any library: it then
 * complains that this one is no Node addon, and RTLD_NODELETE keeps it loaded all the same.
 */
function findChromiumsVulkan(): void {
  if (process.platform !== 'linux' || process.env.VK_DRIVER_FILES) return;
  const folders = [path.dirname(process.env.CHROMIUM_PATH ?? ''), '/usr/lib/chromium'];
  const folder = folders.find((f) => existsSync(path.join(f, 'vk_swiftshader_icd.json')));
  if (!folder) return;
  const RTLD_NODELETE = 0x1000;
  const { RTLD_NOW, RTLD_GLOBAL } = os.constants.dlopen;
  process.env.VK_DRIVER_FILES = path.join(folder, 'vk_swiftshader_icd.json');
  try {
    const flags = RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE;
    process.dlopen({ exports: {} }, path.join(folder, 'libvulkan.so.1'), flags);
  } catch {
    // "Module did not self-register": as told above.
  }
}
