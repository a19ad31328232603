/**
 * The runs that the bench of runtimes compares, wherever they happen: VGG16's trunk from the picture to
 * conv5_3 read back, by tfjs with our kernels and with its own, and by onnxruntime-web.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Vgg16 } from '../../src/core/detection/vgg16.ts';
import type { WeightMap } from '../../src/core/models/weights.ts';
import { hasHalves, looksLikeSoftware } from '../../src/engine/adapter.ts';
import { everywhere } from '../../src/engine/kernels/candidates.ts';
import { choicesFrom, measureKernels } from '../../src/engine/kernels/choosing.ts';
import { installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import {
  installWasmWinograd,
  LEAST,
  type WasmBackend,
} from '../../src/engine/kernels/wasmWinograd.ts';
import { trunkAsOnnx } from './onnx.ts';

/** What of onnxruntime-web is used here; it is loaded from its folder, not bundled. */
export interface OnnxRuntime {
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
/** @returns conv5_3 */
export type Run = () => Promise<Float32Array>;

/** By tfjs with whatever kernels it has, on the current backend. */
export function trunkRun(trunk: Vgg16, picture: tf.Tensor4D): Run {
  return async () => {
    const { conv5_3 } = trunk.forward(picture, { taps: ['conv5_3'] });
    const values = (await conv5_3?.data()) as Float32Array;
    conv5_3?.dispose();
    return values;
  };
}

/** With our kernels and with tfjs's own, on the current backend. */
export async function tfjsRuns(engine: Engine, trunk: Vgg16, picture: tf.Tensor4D) {
  const run = trunkRun(trunk, picture);
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
  const choices = choicesFrom(await measureKernels({ software, halves: await hasHalves() }));
  const kernels = installKernels(tf.backend() as unknown as WebGPUBackend, everywhere('stock'));
  const withKernels = (wanted: typeof choices): Run => {
    return () => {
      kernels.choices = wanted;
      return run();
    };
  };
  return { loupe: withKernels(choices), tfjs: withKernels(everywhere('stock')) };
}

/** By onnxruntime-web, which must have been told where its WebAssembly lies. */
export async function onnxRun(
  ort: OnnxRuntime,
  engine: Engine,
  onnx: Uint8Array,
  picture: tf.Tensor4D,
): Promise<Run> {
  const session = await ort.InferenceSession.create(onnx, { executionProviders: [engine] });
  const [, height, width] = picture.shape;
  const turned = tf.tidy(() => tf.transpose(picture, [0, 3, 1, 2]));
  const values = (await turned.data()) as Float32Array;
  turned.dispose();
  const input = new ort.Tensor('float32', values, [1, 3, height, width]);
  return async () => (await session.run({ picture: input })).conv5_3.data;
}

/** The network as another runtime reads it, for pictures of that size. */
export async function asOnnx(
  weights: WeightMap,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const values = new Map<string, Float32Array>();
  for (const [name, tensor] of weights) values.set(name, (await tensor.data()) as Float32Array);
  return trunkAsOnnx(values, width, height);
}

/** Runs everything once, which also compiles it, and holds it against tfjs. */
export async function differences(
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
