/**
 * The bench of runtimes in Node: on each of tfjs's backends there is (WebAssembly, WebGPU through Dawn on
 * whatever adapter it finds, TensorFlow where @tensorflow/tfjs-node is installed) the trunk with our
 * kernels and with the backend's own, and onnxruntime-web on WebAssembly with as many threads.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { backendsHere } from '../../tests/support/backendsHere.ts';
import { createFileSource } from '../../training/fileSource.ts';
import type { Setup } from './page.ts';
import {
  asOnnx,
  differences,
  type Engine,
  type OnnxRuntime,
  onnxRun,
  type Run,
  tfjsRuns,
  trunkRun,
} from './runs.ts';

const BACKENDS = ['wasm', 'webgpu', 'tensorflow'];
/** tfjs's WebAssembly has no threads in Node. */
const THREADS = 1;

export interface NodeBackend extends Pick<Setup, 'engine' | 'errors'> {
  readonly runs: Readonly<Record<string, Run>>;
}

/** Each backend's runs, checked against each other. */
export async function prepareInNode(width: number, height: number): Promise<NodeBackend[]> {
  const all: NodeBackend[] = [];
  for (const state of await backendsHere()) {
    if (!('found' in state) || !BACKENDS.includes(state.name)) continue;
    await tf.setBackend(state.name);
    const { weights } = await loadModel(createFileSource('public/models/vgg16'));
    const picture = waves([1, height, width, 3], 1, 100) as tf.Tensor4D;
    const trunk = new Vgg16(weights);
    // On TensorFlow there are no kernels of ours.
    const runs: Record<string, Run> =
      state.name === 'tensorflow'
        ? { tfjs: trunkRun(trunk, picture) }
        : await tfjsRuns(state.name as Engine, trunk, picture);
    if (state.name === 'wasm') {
      const onnx = await asOnnx(weights, width, height);
      runs['onnxruntime-web'] = await onnxRun(await loadOnnxRuntime(), 'wasm', onnx, picture);
    }
    const here = onBackend(state.name, runs);
    const grid = [Math.floor(height / 16), Math.floor(width / 16)] as const;
    const errors = await differences(here, grid);
    all.push({ engine: `${state.name} in Node: ${state.found}`, runs: here, errors });
  }
  return all;
}

/** The runs, each with its backend set before. */
function onBackend(name: string, runs: Readonly<Record<string, Run>>): Record<string, Run> {
  const wrapped = Object.entries(runs).map(([title, run]): [string, Run] => [
    title,
    async () => {
      await tf.setBackend(name);
      return run();
    },
  ]);
  return Object.fromEntries(wrapped);
}

async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  const name = 'onnxruntime-web'; // no dependency of Loupe: a name that the type checker does not follow
  const ort = (await import(name)) as OnnxRuntime;
  ort.env.wasm.numThreads = THREADS;
  return ort;
}
