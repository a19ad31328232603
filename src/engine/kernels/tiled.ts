/**
 * The 3 x 3 convolution as one matrix product in tiles, for GPUs. Its left matrix has a row for each pixel
 * of the result and a column for each of the nine cells of the filter and each input channel; it is never
 * built. A workgroup of 64 threads computes 64 pixels for 64 channels: it brings 16 columns at a time into
 * the memory that its threads share, each number once, and a thread multiplies 8 pixels by 8 channels in
 * registers. On a GPU memory is far from the arithmetic, and of that each number is then read once in 64.
 *
 * The error is that of plain float32 sums: over 64 channels below 1e-6 of the largest output
 * (tests/15-kernels).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Convolution, finish, finishKey } from './convolution.ts';
import { range, runKernel, type WebGPUBackend } from './program.ts';

/** Pixels, and channels, of a workgroup. */
const TILE = 64;
/** Columns of the left matrix that are shared at a time, in vectors of four. */
const DEPTH = 4;
/** Threads along the channels, and along the pixels. */
const SIDE = 8;
const THREADS = SIDE * SIDE;
/** A row of the shared pixels is one vector longer: rows then begin in different banks. */
const ROW = DEPTH + 1;

/** Records the convolution. @returns its output, the caller's to dispose. */
export function convolveInTiles(backend: WebGPUBackend, convolution: Convolution): TensorInfo {
  const { x, filter, bias, outShape, padding } = convolution;
  const [batch, height, width, filters] = outShape;
  const pixels = batch * height * width;
  const byFours = (x.shape[3] as number) % 4 === 0;
  return runKernel(backend, {
    key: `tiled_${byFours}_${finishKey(convolution)}`,
    inputs: [
      { name: 'x', components: byFours ? 4 : 1, tensor: x },
      { name: 'weights', components: 4, tensor: filter },
      ...(bias ? [{ name: 'bias', components: 4 as const, tensor: bias }] : []),
    ],
    output: { shape: outShape, components: 4 },
    uniforms: { padding, pixels: [pixels] },
    workgroup: [SIDE, SIDE, 1],
    dispatch: [Math.ceil(filters / TILE), Math.ceil(pixels / TILE), 1],
    code: () => tiledCode(convolution, byFours),
  });
}

function tiledCode(convolution: Convolution, byFours: boolean): string {
  const lines = (list: string[]) => list.join('\n');
  const vectors = TILE / 4;
  const [perThread, pixels, halves] = [range(THREADS / 16), range(TILE / SIDE), range(2)];
  // Each thread brings in one vector of four of the tile's pixels, 16 apart, and of four of its weights.
  const read = byFours
    ? 'x[at / 4]'
    : `vec4<f32>(${range(4).map((j) => `select(0.0, x[min(at + ${j}, last)], channel + ${j} < inputs)`)})`;
  return `
var<workgroup> shownPixels : array<vec4<f32>, ${TILE * ROW}>;
var<workgroup> shownWeights : array<vec4<f32>, ${4 * DEPTH * vectors}>;

fn main() {
  let filters4 = uniforms.outShape[3] / 4;
  let inputs = uniforms.xShape[3];
  let rows = uniforms.xShape[1];
  let columns = uniforms.xShape[2];
  ${byFours ? '' : 'let last = uniforms.xShape[0] * rows * columns * inputs - 1;'}
  let thread = i32(localId.y) * ${SIDE} + i32(localId.x);
  let pixel0 = i32(workgroupId.y) * ${TILE};
  let n0 = i32(workgroupId.x) * ${vectors};
  let part = thread % ${DEPTH};
  let mine = thread / ${DEPTH};
  let lane = thread % ${vectors};
  ${lines(
    perThread.map(
      (i) => `
  let p${i} = pixel0 + mine + ${16 * i};
  let line${i} = p${i} / uniforms.outShape[2];
  let top${i} = line${i} % uniforms.outShape[1] - uniforms.padding[0];
  let left${i} = p${i} - line${i} * uniforms.outShape[2] - uniforms.padding[1];
  let origin${i} = ((line${i} / uniforms.outShape[1]) * rows + top${i}) * columns + left${i};
  let real${i} = p${i} < uniforms.pixels;`,
    ),
  )}
  ${lines(pixels.flatMap((p) => halves.map((v) => `var s${p}_${v} = vec4<f32>(0.0);`)))}
  for (var cell = 0; cell < 9; cell++) {
    let dy = cell / 3;
    let dx = cell - 3 * dy;
    ${lines(
      perThread.map(
        (i) => `
    let inside${i} = real${i} && top${i} + dy >= 0 && top${i} + dy < rows && left${i} + dx >= 0 && left${i} + dx < columns;
    let from${i} = (origin${i} + dy * columns + dx) * inputs;`,
      ),
    )}
    for (var c = 0; c < inputs; c += ${4 * DEPTH}) {
      let channel = c + 4 * part;
      ${lines(
        perThread.map(
          (i) => `{
        var value = vec4<f32>(0.0);
        if (inside${i} && channel < inputs) {
          let at = from${i} + channel;
          value = ${read};
        }
        shownPixels[(mine + ${16 * i}) * ${ROW} + part] = value;
      }`,
        ),
      )}
      ${lines(
        perThread.map(
          (i) => `{
        let k = thread / ${vectors} + ${4 * i};
        var value = vec4<f32>(0.0);
        if (c + k < inputs && n0 + lane < filters4) {
          value = weights[(cell * inputs + c + k) * filters4 + n0 + lane];
        }
        shownWeights[k * ${vectors} + lane] = value;
      }`,
        ),
      )}
      workgroupBarrier();
      for (var k4 = 0; k4 < ${DEPTH}; k4++) {
        ${lines(
          range(4).flatMap((j) =>
            halves.map(
              (v) =>
                `let w${j}_${v} = shownWeights[(4 * k4 + ${j}) * ${vectors} + i32(localId.x) + ${v * SIDE}];`,
            ),
          ),
        )}
        ${lines(
          pixels.map(
            (p) => `{
          let a = shownPixels[(i32(localId.y) + ${p * SIDE}) * ${ROW} + k4];
          ${lines(
            halves.map(
              (v) =>
                `s${p}_${v} += a.x * w0_${v}; s${p}_${v} += a.y * w1_${v}; s${p}_${v} += a.z * w2_${v}; s${p}_${v} += a.w * w3_${v};`,
            ),
          )}
        }`,
          ),
        )}
      }
      workgroupBarrier();
    }
  }
  ${lines(
    pixels.flatMap((p) =>
      halves.map(
        (v) => `{
    let pixel = pixel0 + i32(localId.y) + ${p * SIDE};
    let n4 = n0 + i32(localId.x) + ${v * SIDE};
    if (pixel < uniforms.pixels && n4 < filters4) {
      var value = s${p}_${v};
      ${finish(convolution, 'n4')}
      result[pixel * filters4 + n4] = value;
    }
  }`,
      ),
    ),
  )}
}`;
}
