/**
 * A 3 x 3 convolution by Winograd's F(2 x 2, 3 x 3) or F(4 x 4, 3 x 3), in three kernels: the picture's
 * tiles are transformed, for each place of a tile there is one matrix product over the channels, and the
 * products are transformed back, with bias, ReLU and 2 x 2 max pooling, into the output. The filter's transform is made once
 * and kept by the caller. The values in between would fill hundreds of megabytes for a large picture,
 * so they are computed band by band in the same two buffers.
 *
 * The transforms add and subtract, so digits cancel: over 64 channels the error stays below 2e-6 (F2) and
 * 2e-5 (F4) of the largest output (tests/15-kernels), and grows with the root of their number.
 */
import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Convolution, finish, finishKey, storedShape } from './convolution.ts';
import { TransformedFilters } from './filters.ts';
import { multiply, type ProductBlock, TILE_BLOCK } from './product.ts';
import { range, runKernel, type WebGPUBackend } from './program.ts';
import { bothSides, type Winograd } from './winogradMatrices.ts';

export interface WinogradPlan {
  readonly winograd: Winograd;
  /** our product without barriers, or tfjs's own, which shares tiles between threads */
  readonly product: ProductBlock | 'tfjs';
}

/** Bytes that the transformed tiles of a band, and their products, may each fill. */
const BAND_BYTES = 2 ** 25;
const CHANNEL_THREADS = 32;

/**
 * G g G^T of every filter.
 * @returns `[places, inputs, filters]`, the caller's to dispose
 */
function transformFilter(
  backend: WebGPUBackend,
  filter: TensorInfo,
  winograd: Winograd,
): TensorInfo {
  const [, , inputs, filters] = filter.shape as [number, number, number, number];
  const side = winograd.inputs;
  return runKernel(backend, {
    key: `winograd${winograd.outputs}_filter`,
    inputs: [{ name: 'weights', components: 4, tensor: filter }],
    output: { shape: [side * side, inputs, filters], components: 4 },
    workgroup: [CHANNEL_THREADS, 1, 1],
    dispatch: [Math.ceil(filters / 4 / CHANNEL_THREADS), inputs, 1],
    code: () => `
fn main() {
  let filters4 = uniforms.outShape[2] / 4;
  let n4 = i32(globalId.x);
  if (n4 >= filters4) { return; }
  let at = i32(globalId.y) * filters4 + n4;
  let plane = uniforms.outShape[1] * filters4;
  ${range(9)
    .map((k) => `let g${Math.floor(k / 3)}${k % 3} = weights[at + ${k} * plane];`)
    .join('\n')}
  ${bothSides(
    winograd.filter,
    (i, j) => `g${i}${j}`,
    (i, j) => `u${i}${j}`,
  )}
  ${range(side * side)
    .map((k) => `result[at + ${k} * plane] = u${Math.floor(k / side)}${k % side};`)
    .join('\n')}
}`,
  });
}

/** The transformed filters of a backend, each a single `[places, inputs, filters]`. */
export const keptFilters = (backend: WebGPUBackend): TransformedFilters =>
  new TransformedFilters(backend, (filter, winograd) => [
    transformFilter(backend, filter, winograd),
  ]);

/**
 * Records the convolution. With pooling tiles cover only what is pooled.
 * @param transformed the filter, by `transformFilter`
 * @returns its output, the caller's to dispose
 */
export function convolveByWinograd(
  backend: WebGPUBackend,
  convolution: Convolution,
  transformed: TensorInfo,
  { winograd, product }: WinogradPlan,
): TensorInfo {
  const [batch, height, width, filters] = storedShape(convolution);
  const inputs = convolution.x.shape[3] as number;
  const side = storedSide(convolution, winograd);
  const across = Math.ceil(width / side);
  const down = Math.ceil(height / side);
  const tiles = batch * across * down;
  const bytes = 4 * winograd.inputs ** 2 * Math.max(inputs, filters);
  const bands = Math.ceil((tiles * bytes) / BAND_BYTES);
  const bandTiles = roundUp(Math.ceil(tiles / bands), TILE_BLOCK);
  let values: TensorInfo | undefined;
  let products: TensorInfo | undefined;
  let out: TensorInfo | undefined;
  for (let first = 0; first < tiles; first += bandTiles) {
    const band: Band = { first, tiles: bandTiles, across, down };
    values = transformInput(backend, convolution, winograd, band, product === 'tfjs', values);
    if (product === 'tfjs') {
      if (products) backend.disposeData(products.dataId);
      products = multiplyByTfjs(backend, values, transformed);
    } else {
      products = multiply(backend, values, transformed, product, products);
    }
    out = transformOutput(backend, convolution, winograd, band, products, out);
  }
  for (const used of [values, products]) if (used) backend.disposeData(used.dataId);
  return out as TensorInfo;
}

/** Tiles that are computed together, numbered row by row and picture by picture. */
interface Band {
  readonly first: number;
  readonly tiles: number;
  readonly across: number;
  readonly down: number;
}

/** Numbers that a tile's output stores along a side. */
function storedSide({ pooled }: Convolution, { outputs }: Winograd): number {
  return pooled ? outputs / 2 : outputs;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** WGSL: the picture, row and column of tile `tile`, and whether there is such a tile. */
const FIND_TILE = `
  let tile = uniforms.band[0] + i32(workgroupId.y);
  let tileRow = tile / uniforms.band[1];
  let picture = tileRow / uniforms.band[2];
  let tileX = tile - tileRow * uniforms.band[1];
  let tileY = tileRow - picture * uniforms.band[2];`;

/** B^T d B of a band's tiles; a thread does one tile in one channel. */
function transformInput(
  backend: WebGPUBackend,
  { x, padding }: Convolution,
  winograd: Winograd,
  band: Band,
  inRows: boolean,
  into: TensorInfo | undefined,
): TensorInfo {
  const inputs = x.shape[3] as number;
  const side = winograd.inputs;
  const places = side * side;
  const shape = inRows
    ? [places, band.tiles, inputs]
    : [places, band.tiles / TILE_BLOCK, inputs, TILE_BLOCK];
  const at = inRows
    ? 'local * inputs + c'
    : `(local / ${TILE_BLOCK} * inputs + c) * ${TILE_BLOCK} + local % ${TILE_BLOCK}`;
  const all = range(side);
  return runKernel(backend, {
    key: `winograd${winograd.outputs}_input_${inRows}`,
    inputs: [{ name: 'x', components: 1, tensor: x }],
    output: { shape, components: 1, ...(into && { into }) },
    uniforms: { band: [band.first, band.across, band.down, band.tiles], padding },
    workgroup: [CHANNEL_THREADS, 1, 1],
    dispatch: [Math.ceil(inputs / CHANNEL_THREADS), band.tiles, 1],
    code: () => `
fn main() {
  let inputs = uniforms.xShape[3];
  let c = i32(globalId.x);
  if (c >= inputs) { return; }
  ${FIND_TILE}
  let top = tileY * ${winograd.outputs} - uniforms.padding[0];
  let left = tileX * ${winograd.outputs} - uniforms.padding[1];
  let first = ((picture * uniforms.xShape[1] + top) * uniforms.xShape[2] + left) * inputs + c;
  let rowStep = uniforms.xShape[2] * inputs;
  ${all.map((j) => `let inX${j} = left + ${j} >= 0 && left + ${j} < uniforms.xShape[2];`).join('\n')}
  ${all.map((i) => `let inY${i} = top + ${i} >= 0 && top + ${i} < uniforms.xShape[1];`).join('\n')}
  ${all
    .flatMap((i) =>
      all.map(
        (j) =>
          `let d${i}${j} = select(0.0, x[first + ${i} * rowStep + ${j} * inputs], inY${i} && inX${j});`,
      ),
    )
    .join('\n')}
  ${bothSides(
    winograd.input,
    (i, j) => `d${i}${j}`,
    (i, j) => `v${i}${j}`,
  )}
  let local = i32(workgroupId.y);
  let at = ${at};
  let plane = uniforms.band[3] * inputs;
  ${range(places)
    .map((k) => `result[at + ${k} * plane] = v${Math.floor(k / side)}${k % side};`)
    .join('\n')}
}`,
  });
}

/**
 * A^T m A of a band's products, pooled and finished, into the convolution's output. A thread does a tile of four
 * filters. A tile begins at an even row and column, so it holds whole windows of the pooling, whose largest are
 * all that is stored. Bias and ReLU, which keep the order, come after: fewer are computed so.
 */
function transformOutput(
  backend: WebGPUBackend,
  convolution: Convolution,
  winograd: Winograd,
  band: Band,
  products: TensorInfo,
  into: TensorInfo | undefined,
): TensorInfo {
  const { bias, pooled } = convolution;
  const shape = storedShape(convolution);
  const [filters4, side] = [shape[3] / 4, winograd.inputs];
  const stored = storedSide(convolution, winograd);
  const all = range(stored);
  const value = (i: number, j: number) => (pooled ? largestOf(2 * i, 2 * j) : `y${i}${j}`);
  return runKernel(backend, {
    key: `winograd${winograd.outputs}_output_${pooled}_${finishKey(convolution)}`,
    inputs: [
      { name: 'products', components: 4, tensor: products },
      ...(bias ? [{ name: 'bias', components: 4 as const, tensor: bias }] : []),
    ],
    output: { shape, components: 4, ...(into && { into }) },
    uniforms: { band: [band.first, band.across, band.down, band.tiles] },
    workgroup: [CHANNEL_THREADS, 1, 1],
    dispatch: [Math.ceil(filters4 / CHANNEL_THREADS), band.tiles, 1],
    code: () => `
fn main() {
  let filters4 = uniforms.outShape[3] / 4;
  let n4 = i32(globalId.x);
  ${FIND_TILE}
  if (n4 >= filters4 || picture >= uniforms.outShape[0]) { return; }
  let at = i32(workgroupId.y) * filters4 + n4;
  let plane = uniforms.band[3] * filters4;
  ${range(side * side)
    .map((k) => `let m${Math.floor(k / side)}${k % side} = products[at + ${k} * plane];`)
    .join('\n')}
  ${bothSides(
    winograd.output,
    (i, j) => `m${i}${j}`,
    (i, j) => `y${i}${j}`,
  )}
  let row = tileY * ${stored};
  let column = tileX * ${stored};
  let first = ((picture * uniforms.outShape[1] + row) * uniforms.outShape[2] + column) * filters4 + n4;
  ${all
    .flatMap((i) =>
      all.map(
        (j) => `if (row + ${i} < uniforms.outShape[1] && column + ${j} < uniforms.outShape[2]) {
    var value = ${value(i, j)};
    ${finish(convolution, 'n4')}
    result[first + (${i} * uniforms.outShape[2] + ${j}) * filters4] = value;
  }`,
      ),
    )
    .join('\n')}
}`,
  });
}

/** WGSL: the largest of the 2 x 2 outputs from this row and column of a tile on. */
function largestOf(i: number, j: number): string {
  return `max(max(y${i}${j}, y${i}${j + 1}), max(y${i + 1}${j}, y${i + 1}${j + 1}))`;
}

function multiplyByTfjs(backend: WebGPUBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  const kernel = getKernel('BatchMatMul', 'webgpu');
  if (!kernel) throw new Error('tfjs has no matrix product on WebGPU.');
  const attrs = { transposeA: false, transposeB: false };
  return kernel.kernelFunc({ inputs: { a, b }, backend, attrs }) as TensorInfo;
}
