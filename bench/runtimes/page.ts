/**
 * The browser's part of the bench of runtimes: VGG16's trunk on one kind of engine (WebGPU or
 * WebAssembly), by Loupe, by tfjs's own kernels and by onnxruntime-web, from the picture to conv5_3 read
 * back. bench/runtimes.bench.ts opens this page and asks for one round after another.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { describeAdapter, looksLikeSoftware } from '../../src/engine/adapter.ts';
import { use, webgpuDriver } from '../../src/engine/backends.ts';
import { createHttpSource } from '../../src/engine/httpSource.ts';
import { everywhere } from '../../src/engine/kernels/candidates.ts';
import { choicesFrom, measureKernels } from '../../src/engine/kernels/choosing.ts';
import { installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import {
  installWasmWinograd,
  LEAST,
  type WasmBackend,
} from '../../src/engine/kernels/wasmWinograd.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { trunkAsOnnx } from './onnx.ts';

/** What of onnxruntime-web is used here; it is loaded from its folder, not bundled. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number; wasmPaths: string } };
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { readonly executionProviders: readonly string[] },
    ): Promise<{
      run(feeds: { picture: unknown }): Promise<{ conv5_3: { data: Float32Array } }>;
    }>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}

export type Engine = 'webgpu' | 'wasm';
export type Runtime = 'loupe' | 'tfjs' | 'onnxruntime-web';

export interface Setup {
  readonly engine: string;
  readonly threads: number;
  /** the largest difference of conv5_3 from that of tfjs's kernels, in shares of its largest value */
  readonly errors: Readonly<Record<string, number>>;
}

const ORT = '/node_modules/onnxruntime-web/dist';
type Run = () => Promise<Float32Array>;

async function startTfjs(engine: Engine, weights: Vgg16, picture: tf.Tensor4D) {
  const run: Run = async () => {
    const { conv5_3 } = weights.forward(picture, { taps: ['conv5_3'] });
    const values = (await conv5_3?.data()) as Float32Array;
    conv5_3?.dispose();
    return values;
  };
  if (engine === 'wasm') {
    const installed = installWasmWinograd(tf.backend() as unknown as WasmBackend);
    const from = (least: typeof LEAST): Run => {
      return () => {
        installed.least = least;
        return run();
      };
    };
    return { loupe: from(LEAST), tfjs: from({ products: Infinity, pixels: Infinity }) };
  }
  const adapter = await navigator.gpu.requestAdapter();
  const software = adapter ? looksLikeSoftware(adapter.info) : true;
  const choices = choicesFrom(await measureKernels({ software }));
  const kernels = installKernels(tf.backend() as unknown as WebGPUBackend, everywhere('stock'));
  const withKernels = (wanted: typeof choices): Run => {
    return () => {
      kernels.choices = wanted;
      return run();
    };
  };
  return { loupe: withKernels(choices), tfjs: withKernels(everywhere('stock')) };
}

async function startOnnx(
  engine: Engine,
  threads: number,
  onnx: Uint8Array,
  picture: tf.Tensor4D,
): Promise<Run> {
  const file = engine === 'webgpu' ? 'ort.webgpu.bundle.min.mjs' : 'ort.wasm.bundle.min.mjs';
  const ort = (await import(/* @vite-ignore */ `${ORT}/${file}`)) as OnnxRuntime;
  ort.env.wasm.wasmPaths = `${location.origin}${ORT}/`;
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(onnx, { executionProviders: [engine] });
  const [, height, width] = picture.shape;
  const turned = tf.tidy(() => tf.transpose(picture, [0, 3, 1, 2]));
  const values = (await turned.data()) as Float32Array;
  turned.dispose();
  const input = new ort.Tensor('float32', values, [1, 3, height, width]);
  return async () => (await session.run({ picture: input })).conv5_3.data;
}

async function prepare(engine: Engine, width: number, height: number) {
  const threads =
    engine === 'wasm'
      ? await startWasm(() => use('wasm')) // without our kernel, which is put there by turns
      : (await webgpuDriver.start()).threads;
  const model = await loadModel(createHttpSource(new URL('/models/vgg16/', location.href)));
  const picture = waves([1, height, width, 3], 1, 100) as tf.Tensor4D;
  const weights = new Map<string, Float32Array>();
  for (const [name, tensor] of model.weights) {
    weights.set(name, (await tensor.data()) as Float32Array);
  }
  const onnx = trunkAsOnnx(weights, width, height);
  const runs: Partial<Record<Runtime, Run>> = {
    ...(await startTfjs(engine, new Vgg16(model.weights), picture)),
    'onnxruntime-web': await startOnnx(engine, threads, onnx, picture),
  };
  const errors = await differences(runs, [Math.floor(height / 16), Math.floor(width / 16)]);
  const adapter = engine === 'webgpu' ? await navigator.gpu.requestAdapter() : null;
  const named = adapter
    ? describeAdapter(adapter.info)
    : `WebAssembly, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
  const setup: Setup = { engine: named, threads, errors };
  return { setup, runs };
}

/** Runs everything once, which also compiles it, and holds it against tfjs. */
async function differences(
  runs: Partial<Record<Runtime, Run>>,
  [rows, columns]: readonly [number, number],
): Promise<Record<string, number>> {
  const expected = (await (runs.tfjs ?? runs.loupe)?.()) as Float32Array;
  const channels = expected.length / (rows * columns);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errors: Record<string, number> = {};
  for (const [name, run] of Object.entries(runs)) {
    const actual = await run();
    const first = name === 'onnxruntime-web';
    const error = expected.reduce((most, value, at) => {
      const channel = at % channels;
      const place = first ? channel * rows * columns + Math.floor(at / channels) : at;
      return Math.max(most, Math.abs((actual[place] ?? Number.NaN) - value));
    }, 0);
    errors[name] = error / largest;
  }
  return errors;
}

declare global {
  var loupeRuntimes: {
    prepare(engine: Engine, width: number, height: number): Promise<Setup & { names: string[] }>;
    /** Milliseconds of one run. */
    round(runtime: string): Promise<number>;
  };
}

let runs: Partial<Record<string, Run>> = {};
globalThis.loupeRuntimes = {
  async prepare(...args) {
    const prepared = await prepare(...args);
    runs = prepared.runs;
    return { ...prepared.setup, names: Object.keys(runs) };
  },
  async round(runtime) {
    const run = runs[runtime];
    if (!run) throw new Error(`Prepare ${runtime} first.`);
    const start = performance.now();
    await run();
    return performance.now() - start;
  },
};
