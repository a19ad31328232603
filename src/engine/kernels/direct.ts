/**
 * The direct 3 x 3 convolution, register-blocked and without barriers. A thread computes `pixels` outputs
 * next to each other in a row for `vectors` times four channels. For each of the filter's rows and each
 * input channel it reads the pixels it needs once (`pixels` + 2) and 3 x `vectors` weights of four channels,
 * and does 12 x `pixels` x `vectors` multiplications with them, all in registers.
 *
 * The threads of a workgroup lie along the channels: they read the same pixels, and weights that lie next
 * to each other. That suits GPUs, and software adapters too, where a load costs as much as thirty
 * multiplications and waiting at a barrier far more.
 *
 * The error is that of plain float32 sums: over 64 channels below 1e-6 of the largest output
 * (tests/15-kernels).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Convolution, finish, finishKey } from './convolution.ts';
import { range, runKernel, type WebGPUBackend } from './program.ts';

export interface DirectBlock {
  readonly pixels: number;
  readonly vectors: number;
  /** threads of a workgroup, along the filters and along the rows of the picture */
  readonly threads: readonly [number, number];
}

/** Records the convolution. @returns its output, the caller's to dispose. */
export function convolveDirectly(
  backend: WebGPUBackend,
  convolution: Convolution,
  block: DirectBlock,
): TensorInfo {
  const { x, filter, bias, outShape, padding } = convolution;
  const [batch, height, width, filters] = outShape;
  const { pixels, vectors, threads } = block;
  const [across, along] = threads;
  const groups = Math.ceil(width / pixels);
  return runKernel(backend, {
    key: `direct_${pixels}_${vectors}_${finishKey(convolution)}`,
    inputs: [
      { name: 'x', components: 1, tensor: x },
      { name: 'weights', components: 4, tensor: filter },
      ...(bias ? [{ name: 'bias', components: 4 as const, tensor: bias }] : []),
    ],
    output: { shape: outShape, components: 4 },
    uniforms: { padding, groups: [groups] },
    workgroup: [across, along, 1],
    dispatch: [
      Math.ceil(filters / (4 * vectors * across)),
      Math.ceil(height / along),
      batch * groups,
    ],
    code: () => directCode(convolution, block),
  });
}

function directCode(convolution: Convolution, block: DirectBlock): string {
  const { pixels, vectors } = block;
  const [across, along] = block.threads;
  const [P, V] = [range(pixels), range(vectors)];
  const columns = range(pixels + 2);
  const lines = (list: string[]) => list.join('\n');
  const products = columns
    .slice(0, 3)
    .flatMap((dx) => [
      ...V.map((v) => `let w${dx}_${v} = weights[w + ${dx} * plane + ${v * across}];`),
      ...P.flatMap((p) => V.map((v) => `s${p}_${v} += x${p + dx} * w${dx}_${v};`)),
    ]);
  const store = (p: number, v: number) => `
    if (n4 + ${v * across} < filters4) {
      var value = s${p}_${v};
      ${finish(convolution, `n4 + ${v * across}`)}
      result[at + ${v * across}] = value;
    }`;
  return `
fn main() {
  let filters4 = uniforms.outShape[3] / 4;
  let inputs = uniforms.xShape[3];
  let plane = inputs * filters4;
  let n4 = i32(workgroupId.x) * ${vectors * across} + i32(localId.x);
  let y = i32(workgroupId.y) * ${along} + i32(localId.y);
  if (y >= uniforms.outShape[1]) { return; }
  let picture = i32(workgroupId.z) / uniforms.groups;
  let column = (i32(workgroupId.z) - picture * uniforms.groups) * ${pixels};
  let left = column - uniforms.padding[1];
  ${lines(columns.map((j) => `let inside${j} = left + ${j} >= 0 && left + ${j} < uniforms.xShape[2];`))}
  ${lines(P.flatMap((p) => V.map((v) => `var s${p}_${v} = vec4<f32>(0.0);`)))}
  for (var dy = 0; dy < 3; dy++) {
    let row = y + dy - uniforms.padding[0];
    if (row >= 0 && row < uniforms.xShape[1]) {
      let first = ((picture * uniforms.xShape[1] + row) * uniforms.xShape[2] + left) * inputs;
      var w = dy * 3 * plane + n4;
      for (var c = 0; c < inputs; c++) {
        ${lines(columns.map((j) => `let x${j} = select(0.0, x[first + ${j} * inputs + c], inside${j});`))}
        ${lines(products)}
        w += filters4;
      }
    }
  }
  let row0 = ((picture * uniforms.outShape[1] + y) * uniforms.outShape[2] + column) * filters4 + n4;
  ${lines(
    P.map(
      (p) => `if (column + ${p} < uniforms.outShape[2]) {
    let at = row0 + ${p} * filters4;
    ${lines(V.map((v) => store(p, v)))}
  }`,
    ),
  )}
}`;
}
