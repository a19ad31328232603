/**
 * Which tfjs backends this machine has in Node, and why one is absent: cpu and wasm always;
 * tensorflow where @tensorflow/tfjs-node happens to be installed; webgpu on a GPU, or on
 * SwiftShader, the software adapter that comes with Chromium. LOUPE_BACKENDS=cpu,wasm in the
 * environment narrows them down.
 */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { create, globals } from 'webgpu';
import { describeAdapter } from '../../src/engine/adapter.ts';
import { chooseEngine, prepareTraining } from '../../training/engine.ts';

export type BackendName = 'cpu' | 'wasm' | 'tensorflow' | 'webgpu';

/** `found` says what it runs on; `absent` says why it is not there. */
export type BackendState = { name: BackendName } & ({ found: string } | { absent: string });

const PROBES: Record<BackendName, () => Promise<string>> = {
  cpu: async () => 'plain JavaScript',
  wasm: async () => (await chooseEngine('wasm')).description,
  tensorflow: async () => (await chooseEngine('tensorflow')).description,
  webgpu: loadWebgpu,
};

/** Loads and probes the backends, in the order cpu, wasm, tensorflow, webgpu. Never throws. */
export async function backendsHere(): Promise<BackendState[]> {
  // Chromium's SwiftShader and tfjs warn on every start; the states returned say what matters.
  tf.env().set('IS_TEST', true);
  const wanted = process.env.LOUPE_BACKENDS?.split(',');
  const states: BackendState[] = [];
  for (const name of Object.keys(PROBES) as BackendName[]) {
    if (wanted && !wanted.includes(name)) {
      states.push({ name, absent: 'not in LOUPE_BACKENDS' });
      continue;
    }
    try {
      const found = await PROBES[name]();
      if (!(await tf.setBackend(name))) throw new Error('tfjs could not start it');
      states.push({ name, found });
    } catch (error) {
      states.push({ name, absent: (error as Error).message.split('\n')[0] ?? '' });
    }
  }
  // Chapters 4 and 9 differentiate, on every backend.
  await prepareTraining();
  return states;
}

/** As the command line's webgpu engine, which refuses software adapters; for tests they will do. */
async function loadWebgpu(): Promise<string> {
  findChromiumsVulkan();
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no GPU adapter, and no SwiftShader beside a Chromium');
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
  return describeAdapter(adapter.info);
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
