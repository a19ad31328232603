/**
 * Which tfjs backends this machine has in Node, and why one is absent: cpu and wasm always;
 * tensorflow where @tensorflow/tfjs-node happens to be installed; webgpu on a GPU, or on
 * SwiftShader, the software adapter that comes with Chromium. LOUPE_BACKENDS=cpu,wasm in the
 * environment narrows them down.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describeAdapter } from '../../src/engine/adapter.ts';
import { chooseEngine, prepareTraining } from '../../training/engine.ts';
import { startDawn } from './dawn.ts';

export type BackendName = 'cpu' | 'wasm' | 'tensorflow' | 'webgpu';

/** `found` says what it runs on; `absent` says why it is not there. */
export type BackendState = { name: BackendName } & ({ found: string } | { absent: string });

const PROBES: Record<BackendName, () => Promise<string>> = {
  cpu: async () => 'plain JavaScript',
  wasm: async () => (await chooseEngine('wasm')).description,
  tensorflow: async () => (await chooseEngine('tensorflow')).description,
  webgpu: async () => describeAdapter((await startDawn()).info),
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
