/**
 * The command line's engines. The product computes with tfjs wherever it runs; this file chooses the
 * tfjs backend in Node: TensorFlow's C library where @tensorflow/tfjs-node happens to be installed,
 * a hardware GPU through the npm package `webgpu` where that is installed and finds one, and
 * WebAssembly, which is always there. The first two are not dependencies of Loupe, so they are
 * imported by names the type checker and the bundlers do not see.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describeAdapter, looksLikeSoftware } from '../src/engine/adapter.ts';
import { everywhere } from '../src/engine/kernels/candidates.ts';
import { installKernels } from '../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../src/engine/kernels/program.ts';
import { startWasmKernels } from '../src/engine/kernels/startWasm.ts';
import { convolveInBfloat16 } from './bfloat16.ts';
import { UserError } from './console.ts';
import { registerTensorflowKernels } from './tensorflowKernels.ts';
import { registerWasmGradients } from './wasmGradients.ts';
import { registerWebgpuGradients } from './webgpuGradients.ts';

export type EngineChoice = 'auto' | 'tensorflow' | 'bfloat16' | 'webgpu' | 'wasm';

export const ENGINE_CHOICES: readonly EngineChoice[] = [
  'auto',
  'tensorflow',
  'bfloat16',
  'webgpu',
  'wasm',
];

export interface ChosenEngine {
  /** The tfjs backend that is now set: 'tensorflow', 'webgpu' or 'wasm'. */
  readonly name: Exclude<EngineChoice, 'auto' | 'bfloat16'>;
  /** For people, e.g. "TensorFlow 2.12.1 on 2 cores". */
  readonly description: string;
}

/** Why an engine cannot be had here, and how it could be: the two halves of the user's sentence. */
class Unavailable extends Error {}

/**
 * Sets the tfjs backend for this process.
 *
 * @param choice 'auto' takes the first of tensorflow, webgpu (hardware only), wasm that works here.
 * @throws UserError when an engine was asked for by name and cannot be had on this machine.
 */
export async function chooseEngine(choice: EngineChoice = 'auto'): Promise<ChosenEngine> {
  if (!ENGINE_CHOICES.includes(choice)) {
    throw new UserError(
      `There is no engine called "${choice}"; choose one of ${ENGINE_CHOICES.join(', ')}.`,
    );
  }
  if (choice !== 'auto') {
    try {
      return await STARTERS[choice]();
    } catch (error) {
      throw error instanceof Unavailable ? new UserError(error.message) : error;
    }
  }
  for (const start of [STARTERS.tensorflow, STARTERS.webgpu]) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
  return STARTERS.wasm();
}

/** Puts our own kernel in place where the network only looks: training would transform its filters at every step. */
export function prepareDetection(): void {
  if (tf.getBackend() === 'wasm') startWasmKernels();
}

/**
 * Makes gradients known, for whichever engine was chosen: tfjs-core by itself registers none (the
 * package @tensorflow/tfjs does, and @tensorflow/tfjs-node through it), and of the kernels they are made
 * of, the wasm backend lacks some and tfjs-node has slow ones.
 */
export async function prepareTraining(): Promise<void> {
  await import('@tensorflow/tfjs');
  registerWasmGradients();
  registerWebgpuGradients();
  registerTensorflowKernels();
}

const STARTERS: Record<Exclude<EngineChoice, 'auto'>, () => Promise<ChosenEngine>> = {
  tensorflow: startTensorflow,
  bfloat16: startBfloat16,
  webgpu: startWebgpu,
  wasm: startWasm,
};

async function startTensorflow(): Promise<ChosenEngine> {
  // TensorFlow greets on stderr with its CPU features unless told not to before it loads.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const node = await importOptional<{ version?: Record<string, string> }>(
    '@tensorflow/tfjs-node',
    'The tensorflow engine needs the package @tensorflow/tfjs-node, which cannot be loaded here; ' +
      'add it with "npm install --no-save @tensorflow/tfjs-node@4.22.0", or use --engine wasm.',
  );
  if (!(await tf.setBackend('tensorflow').catch(() => false))) {
    throw new Unavailable(
      'The package @tensorflow/tfjs-node is there but brings its own copy of @tensorflow/tfjs-core; ' +
        'install its version 4.22.0 so that both share one.',
    );
  }
  await tf.ready();
  const backend = tf.backend() as { binding?: { TF_Version?: string } };
  const version = backend.binding?.TF_Version ?? node.version?.['tfjs-node'] ?? '';
  return { name: 'tensorflow', description: `TensorFlow ${version} (tfjs-node)` };
}

/** TensorFlow with large convolutions in bfloat16: never chosen unasked, for it rounds. */
async function startBfloat16(): Promise<ChosenEngine> {
  // oneDNN reads this when TensorFlow loads: its matrix products round their inputs, too.
  process.env.ONEDNN_DEFAULT_FPMATH_MODE ??= 'BF16';
  const { name, description } = await startTensorflow();
  convolveInBfloat16();
  return { name, description: `${description}, large convolutions in bfloat16` };
}

interface DawnModule {
  create(options: string[]): GPU;
  globals: Record<string, unknown>;
}

async function startWebgpu(): Promise<ChosenEngine> {
  const dawn = await importOptional<DawnModule>(
    'webgpu',
    'The webgpu engine needs the package webgpu, which cannot be loaded here; add it with ' +
      '"npm install --no-save webgpu", or use --engine wasm.',
  );
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter || looksLikeSoftware(adapter.info)) {
    const found = adapter ? ` (only ${describeAdapter(adapter.info)})` : '';
    throw new Unavailable(
      `The webgpu engine found no hardware GPU on this machine${found}; ` +
        'install a Vulkan, Metal or D3D12 driver, or use --engine wasm.',
    );
  }
  // tfjs looks for navigator.gpu; Node has no navigator before 21 and none with a gpu after.
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu').catch(() => false))) {
    throw new Unavailable(
      `The webgpu engine could not start on ${describeAdapter(adapter.info)}; use --engine wasm.`,
    );
  }
  await tf.ready();
  // Of the kernels without a transform of the filters, which change at every step, the fastest on the one GPU
  // that was measured (docs/performance.md). Choosing anew would take a second at each start.
  installKernels(tf.backend() as unknown as WebGPUBackend, everywhere('tiled'), {
    proposals: true,
  });
  return { name: 'webgpu', description: `WebGPU on ${describeAdapter(adapter.info)}` };
}

async function startWasm(): Promise<ChosenEngine> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) {
    throw new Unavailable('The wasm engine did not start: this Node has no WebAssembly.');
  }
  await tf.ready();
  return { name: 'wasm', description: `WebAssembly (${wasm.getThreadsCount()} thread)` };
}

/** Imports a package that need not be there, by a name that tsc, knip and bundlers do not follow. */
async function importOptional<T>(name: string, sentence: string): Promise<T> {
  try {
    const module = (await import(name)) as T & { default?: T };
    return { ...module.default, ...module };
  } catch {
    throw new Unavailable(sentence);
  }
}
