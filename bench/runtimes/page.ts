/**
 * The browser's part of the bench of runtimes: VGG16's trunk on one kind of engine (WebGPU or
 * WebAssembly), by Loupe, by tfjs's own kernels and by onnxruntime-web, from the picture to conv5_3 read
 * back. bench/runtimes.bench.ts opens this page and asks for one round after another.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { describeAdapter } from '../../src/engine/adapter.ts';
import { use, webgpuDriver } from '../../src/engine/backends.ts';
import { createHttpSource } from '../../src/engine/httpSource.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import {
  asOnnx,
  differences,
  type Engine,
  type OnnxRuntime,
  onnxRun,
  type Run,
  type Runtime,
  tfjsRuns,
} from './runs.ts';

export interface Setup {
  readonly engine: string;
  readonly threads: number;
  /** the largest difference of conv5_3 from that of tfjs's kernels, in shares of its largest value */
  readonly errors: Readonly<Record<string, number>>;
}

const ORT = '/node_modules/onnxruntime-web/dist';

async function loadOnnxRuntime(engine: Engine, threads: number): Promise<OnnxRuntime> {
  const file = engine === 'webgpu' ? 'ort.webgpu.bundle.min.mjs' : 'ort.wasm.bundle.min.mjs';
  const ort = (await import(/* @vite-ignore */ `${ORT}/${file}`)) as OnnxRuntime;
  ort.env.wasm.wasmPaths = `${location.origin}${ORT}/`;
  ort.env.wasm.numThreads = threads;
  return ort;
}

async function prepare(engine: Engine, width: number, height: number) {
  const threads =
    engine === 'wasm'
      ? await startWasm(() => use('wasm')) // without our kernel, which is put there by turns
      : (await webgpuDriver.start()).threads;
  const model = await loadModel(createHttpSource(new URL('/models/vgg16/', location.href)));
  const picture = waves([1, height, width, 3], 1, 100) as tf.Tensor4D;
  const onnx = await asOnnx(model.weights, width, height);
  const ort = await loadOnnxRuntime(engine, threads);
  const runs: Partial<Record<Runtime, Run>> = {
    ...(await tfjsRuns(engine, new Vgg16(model.weights), picture)),
    'onnxruntime-web': await onnxRun(ort, engine, onnx, picture),
  };
  const errors = await differences(runs, [Math.floor(height / 16), Math.floor(width / 16)]);
  const adapter = engine === 'webgpu' ? await navigator.gpu.requestAdapter() : null;
  const named = adapter
    ? describeAdapter(adapter.info)
    : `WebAssembly, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
  const setup: Setup = { engine: named, threads, errors };
  return { setup, runs };
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
