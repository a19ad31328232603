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
import { HALVES_COMPONENTS, packFilters, packTiles } from './halves.ts';
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
 * @returns `[places, inputs, filters]`, or half as many words of halves; the caller's to dispose
 */
function transformFilter(
  backend: WebGPUBackend,
  filter: TensorInfo,
  winograd: Winograd,
): TensorInfo {
  const [, , inputs, filters] = filter.shape as [number, number, number, number];
  const { inputs: side, halves } = winograd;
  const stored = (value: string) => (halves ? packFilters(value) : value);
  return runKernel(backend, {
    key: `winograd${winograd.outputs}_filter_${halves}`,
    inputs: [{ name: 'weights', components: 4, tensor: filter }],
    output: halves
      ? {
          shape: [side * side, inputs, filters / 2],
          components: HALVES_COMPONENTS,
          type: 'int32',
        }
      : { shape: [side * side, inputs, filters], components: 4 },
    uniforms: { filters4: [filters / 4] },
    workgroup: [CHANNEL_THREADS, 1, 1],
    dispatch: [Math.ceil(filters / 4 / CHANNEL_THREADS), inputs, 1],
    code: () => `
fn main() {
  let filters4 = uniforms.filters4;
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
    (i, j) => `f${i}_${j}`,
  )}
  ${range(side * side)
    .map((k) => `result[at + ${k} * plane] = ${stored(`f${Math.floor(k / side)}_${k % side}`)};`)
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

/**
 * WGSL: picture, row and column of a tile.
 *
 * @param number WGSL, counted in the band
 * @param prefix of the names
 */
const findTile = (number: string, prefix = '') => `
  let ${prefix}tile = uniforms.band[0] + ${number};
  let ${prefix}tileRow = ${prefix}tile / uniforms.band[1];
  let ${prefix}picture = ${prefix}tileRow / uniforms.band[2];
  let ${prefix}tileX = ${prefix}tile - ${prefix}tileRow * uniforms.band[1];
  let ${prefix}tileY = ${prefix}tileRow - ${prefix}picture * uniforms.band[2];`;

/** WGSL: B^T d B of a tile in channel `c`, named `<prefix>v00` and on; its number as in `findTile`. */
function readTile({ outputs, inputs, input }: Winograd, number: string, prefix: string): string {
  const all = range(inputs);
  const [x, y] = [`${prefix}inX`, `${prefix}inY`];
  const cell = (i: number, j: number) => `x[${prefix}first + ${i} * rowStep + ${j} * inputs]`;
  return `
  ${findTile(number, prefix)}
  let ${prefix}top = ${prefix}tileY * ${outputs} - uniforms.padding[0];
  let ${prefix}left = ${prefix}tileX * ${outputs} - uniforms.padding[1];
  let ${prefix}row = ${prefix}picture * uniforms.xShape[1] + ${prefix}top;
  let ${prefix}first = (${prefix}row * uniforms.xShape[2] + ${prefix}left) * inputs + c;
  ${all.map((j) => `let ${x}${j} = ${prefix}left + ${j} >= 0 && ${prefix}left + ${j} < uniforms.xShape[2];`).join('\n')}
  ${all.map((i) => `let ${y}${i} = ${prefix}top + ${i} >= 0 && ${prefix}top + ${i} < uniforms.xShape[1];`).join('\n')}
  ${all
    .flatMap((i) =>
      all.map((j) => `let ${prefix}d${i}${j} = select(0.0, ${cell(i, j)}, ${y}${i} && ${x}${j});`),
    )
    .join('\n')}
  ${bothSides(
    input,
    (i, j) => `${prefix}d${i}${j}`,
    (i, j) => `${prefix}v${i}${j}`,
  )}`;
}

/**
 * B^T d B of a band's tiles; a thread does one tile in one channel, of halves two tiles that share a word.
 *
 * @param inRows for tfjs's product, which wants its rows one after the other
 */
function transformInput(
  backend: WebGPUBackend,
  { x, padding }: Convolution,
  winograd: Winograd,
  band: Band,
  inRows: boolean,
  into: TensorInfo | undefined,
): TensorInfo {
  const inputs = x.shape[3] as number;
  const { inputs: side, halves } = winograd;
  const places = side * side;
  const words = halves ? TILE_BLOCK / 2 : TILE_BLOCK;
  const shape = inRows
    ? [places, band.tiles, inputs]
    : [places, band.tiles / TILE_BLOCK, inputs, words];
  const at = inRows
    ? 'local * inputs + c'
    : `(local / ${words} * inputs + c) * ${words} + local % ${words}`;
  const rows = (halves ? band.tiles / 2 : band.tiles) * inputs;
  const tiles = halves ? ['2 * local', '2 * local + 1'] : ['local'];
  const named = (prefix: string, k: number) => `${prefix}${Math.floor(k / side)}${k % side}`;
  return runKernel(backend, {
    key: `winograd${winograd.outputs}_input_${inRows}_${halves}`,
    inputs: [{ name: 'x', components: 1, tensor: x }],
    output: { shape, components: 1, type: halves ? 'int32' : 'float32', ...(into && { into }) },
    uniforms: { band: [band.first, band.across, band.down], padding, rows: [rows] },
    workgroup: [CHANNEL_THREADS, 1, 1],
    dispatch: [Math.ceil(inputs / CHANNEL_THREADS), rows / inputs, 1],
    code: () => `
fn main() {
  let inputs = uniforms.xShape[3];
  let c = i32(globalId.x);
  if (c >= inputs) { return; }
  let local = i32(workgroupId.y);
  let rowStep = uniforms.xShape[2] * inputs;
  ${tiles.map((number, k) => readTile(winograd, number, 'ab'.charAt(k))).join('\n')}
  let at = ${at};
  ${range(places)
    .map((k) => {
      const [a, b] = [named('av', k), named('bv', k)];
      return `result[at + ${k} * uniforms.rows] = ${halves ? packTiles(a, b) : a};`;
    })
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
  ${findTile('i32(workgroupId.y)')}
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
