/**
 * VGG16's trunk layer by layer on WebGPU, each waited for alone: what the benches of kernels time, in a
 * browser and in Node.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { compileAhead } from '../../src/engine/compileAhead.ts';
import { finished } from '../../src/engine/device.ts';
import type { KernelName } from '../../src/engine/kernels/candidates.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { override } from '../../src/engine/override.ts';

/** One of the kernels for every layer, or those that are chosen on this adapter. */
export type Variant = KernelName | 'chosen';

export interface LayerRound {
  readonly name: string;
  readonly milliseconds: number;
  readonly dispatches: number;
}

export type Round = readonly LayerRound[];

/** Compiles the shaders that the layers need as kernels are now installed, without running them. */
export async function compileLayers(trunk: Vgg16, picture: tf.Tensor4D): Promise<void> {
  await compileAhead(async () => {
    for (const { output } of trunk.layers(picture)) void output;
  });
}

/** Runs each layer and waits for its end. */
export async function timeLayers(trunk: Vgg16, picture: tf.Tensor4D): Promise<Round> {
  const backend = tf.backend() as unknown as WebGPUBackend;
  const layers: LayerRound[] = [];
  let dispatches = 0;
  const end = override(backend, 'runWebGPUProgram', (run) => (...args) => {
    dispatches++;
    return run(...args);
  });
  try {
    await finished(backend);
    let before = performance.now();
    for (const { name } of trunk.layers(picture)) {
      await finished(backend);
      layers.push({ name, milliseconds: performance.now() - before, dispatches });
      [before, dispatches] = [performance.now(), 0];
    }
    return layers;
  } finally {
    end();
  }
}
