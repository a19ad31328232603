/**
 * One axis of a bicubic resize in one dispatch, instead of a gather, a product and a sum of tfjs's for each
 * of its taps. Which sample each tap reads and what it weighs is made by the core, for any scale and with
 * mirrored edges, and comes as two small tensors.
 *
 * The picture is taken as `[outer, samples, inner]`, the axis in the middle: for rows inner is a row of
 * pixels, for columns one pixel. A thread computes four numbers next to each other where inner is a multiple of
 * four (then they share taps and lie in one load), otherwise one. Threads next to each other read what
 * adjoins. The sum is kept in a register: each tap costs a load of the picture and two of the taps.
 *
 * The error is that of a plain float32 sum: below 1e-6 of the largest number for taps that sum up to 1
 * (tests/15-kernels).
 */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { runKernel, type WebGPUBackend } from './program.ts';

/** What the core calls `LoupeBicubic` with (src/core/superResolution/bicubic.ts). */
interface BicubicCall {
  readonly backend: WebGPUBackend;
  readonly inputs: {
    /** of any rank, float32 or int32 */
    readonly x: TensorInfo;
    /** `[taps, to]`, int32: the sample that each tap of each new sample reads */
    readonly indices: TensorInfo;
    /** `[taps, to]`, float32 */
    readonly weights: TensorInfo;
  };
  readonly attrs: { readonly axis: number };
}

const THREADS = 64;

/** Records the resize. @returns x with `to` samples along the axis, the caller's to dispose */
export function resizeAxis({ backend, inputs, attrs: { axis } }: BicubicCall): TensorInfo {
  const { x, indices, weights } = inputs;
  const from = x.shape[axis] as number;
  const to = indices.shape[1] as number;
  const outer = util.sizeFromShape(x.shape.slice(0, axis));
  const inner = util.sizeFromShape(x.shape.slice(axis + 1));
  const components = inner % 4 === 0 ? 4 : 1;
  const value = components === 4 ? 'vec4<f32>' : 'f32';
  const resized = runKernel(backend, {
    key: `bicubic_${components}`,
    inputs: [
      { name: 'x', components, tensor: { ...x, shape: [outer, from, inner] } },
      { name: 'indices', components: 1, tensor: indices },
      { name: 'weights', components: 1, tensor: weights },
    ],
    output: { shape: [outer, to, inner], components },
    workgroup: [THREADS, 1, 1],
    dispatch: (outer * to * inner) / components,
    code: () => `
fn main(index: i32) {
  let inner = uniforms.outShape[2] / ${components};
  let samples = uniforms.outShape[1];
  let line = index / inner;
  let o = line / samples;
  if (o >= uniforms.outShape[0]) { return; }
  let first = o * uniforms.xShape[1] * inner + index - line * inner;
  var at = line - o * samples;
  var sum = ${value}();
  for (var tap = 0; tap < uniforms.indicesShape[0]; tap++) {
    sum += weights[at] * ${value}(x[first + indices[at] * inner]);
    at += samples;
  }
  result[index] = sum;
}`,
  });
  return { ...resized, shape: x.shape.map((side, at) => (at === axis ? to : side)) };
}
