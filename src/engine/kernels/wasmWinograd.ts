/**
 * 3 x 3 convolutions of many channels on WebAssembly by Winograd's F(2 x 2, 3 x 3): 2.25 times fewer
 * multiplications, in the sixteen matrix products that XNNPACK is as fast at as at a convolution. The
 * transforms around them are plain loops on the backend's memory (wasmTransforms.ts), a share of the
 * work that falls with the number of channels, so layers of fewer are left to tfjs. Band by band, so that
 * what lies between stays in the cache. Over 512 channels the error stays below 1e-5 of the largest output.
 */
import { type DataType, getKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  asConvolution,
  CONVOLUTIONS,
  type Convolution,
  type ConvolutionCall,
} from './convolution.ts';
import { TransformedFilters } from './filters.ts';
import { replaceKernel } from './replaceKernel.ts';
import { type Band, transformInput, transformOutput } from './wasmTransforms.ts';
import { F2 } from './winogradMatrices.ts';

/** What the wasm backend offers to kernels written outside of it. */
export interface WasmBackend {
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  /** Of int32, too, whose values are read like any others. */
  typedArrayFromHeap(info: TensorInfo): Float32Array;
  disposeData(dataId: TensorInfo['dataId'], force?: boolean): boolean;
}

export interface InstalledWinograd {
  /** What is less is left to tfjs; may be set at any time. */
  least: Least;
  /** Leaves everything to tfjs again and frees what was kept. */
  remove(): void;
}

/** From which on the transforms pay, on one thread and on two. */
export interface Least {
  /** inputs times filters */
  readonly products: number;
  /** of the output */
  readonly pixels: number;
}
export const LEAST: Least = { products: 128 * 128, pixels: 64 };
/** Values of a place in a band: 2 MB, sixteen of which are written and read by turns. */
const BAND_VALUES = 2 ** 19;
const PLACES = F2.inputs ** 2;

/**
 * Puts the kernel in front of tfjs's own.
 *
 * @param backend tfjs's wasm backend
 */
export function installWasmWinograd(backend: WasmBackend, least = LEAST): InstalledWinograd {
  const filters = new TransformedFilters(backend, (filter) => transformFilter(backend, filter));
  const installed: InstalledWinograd = {
    least,
    remove() {
      for (const undo of stocks) undo();
      filters.dispose();
    },
  };
  const stocks = CONVOLUTIONS.map((name) => {
    const stock = getKernel(name, 'wasm');
    if (!stock) throw new Error(`tfjs has no kernel ${name} on wasm; load its backend first.`);
    const replace = (kernelFunc: KernelFunc) => replaceKernel(name, 'wasm', kernelFunc);
    replace((args) => {
      const convolution = asConvolution(args as unknown as ConvolutionCall);
      return convolution && args.backend === backend && pays(convolution, installed.least)
        ? convolve(backend, convolution, filters.get(convolution.filter, F2))
        : stock.kernelFunc(args);
    });
    return () => replace(stock.kernelFunc);
  });
  return installed;
}

function pays({ filter, outShape }: Convolution, least: Least): boolean {
  const [, , inputs = 0, outputs = 0] = filter.shape;
  const [, height, width] = outShape;
  return inputs * outputs >= least.products && height * width >= least.pixels;
}

/** G g G^T of every filter: for each place of a tile `[1, inputs, filters]`. */
function transformFilter(backend: WasmBackend, filter: TensorInfo): TensorInfo[] {
  const [, , inputs, outputs] = filter.shape as [number, number, number, number];
  const count = inputs * outputs;
  const { filter: g, inputs: side } = F2;
  const made = Array.from({ length: PLACES }, () =>
    backend.makeOutput([1, inputs, outputs], 'float32'),
  );
  // Views come after all outputs: to make one may grow the memory, which leaves older views empty.
  const weights = backend.typedArrayFromHeap(filter);
  made.forEach((info, place) => {
    const to = backend.typedArrayFromHeap(info).fill(0);
    const [row, column] = [g[Math.floor(place / side)] ?? [], g[place % side] ?? []];
    for (let k = 0; k < 9; k++) {
      const factor = (row[Math.floor(k / 3)] ?? 0) * (column[k % 3] ?? 0);
      if (factor === 0) continue;
      for (let i = 0; i < count; i++) {
        to[i] = (to[i] as number) + factor * (weights[k * count + i] as number);
      }
    }
  });
  return made;
}

function convolve(
  backend: WasmBackend,
  { x, bias, relu, outShape, padding }: Convolution,
  filters: readonly TensorInfo[],
): TensorInfo {
  const [batch, height, width, outputs] = outShape;
  const [, rows, columns, inputs] = x.shape as [number, number, number, number];
  const down = Math.ceil(height / F2.outputs);
  const across = Math.ceil(width / F2.outputs);
  const most = Math.max(1, Math.floor(BAND_VALUES / (across * Math.max(inputs, outputs))));
  const result = backend.makeOutput(outShape, 'float32');
  for (let image = 0; image < batch; image++) {
    for (let first = 0; first < down; first += most) {
      const band: Band = {
        ...{ image, first, down: Math.min(most, down - first), across },
        ...{ input: [rows, columns, inputs], output: [height, width, outputs], padding },
      };
      const tiles = filters.map(() =>
        backend.makeOutput([1, band.down * across, inputs], 'float32'),
      );
      const views = tiles.map((tile) => backend.typedArrayFromHeap(tile));
      transformInput(band, backend.typedArrayFromHeap(x), views);
      const products = tiles.map((a, place) => {
        const product = multiply(backend, a, filters[place] as TensorInfo);
        backend.disposeData(a.dataId);
        return product;
      });
      transformOutput(
        band,
        products.map((product) => backend.typedArrayFromHeap(product)),
        { bias: bias && backend.typedArrayFromHeap(bias), relu },
        backend.typedArrayFromHeap(result),
      );
      for (const { dataId } of products) backend.disposeData(dataId);
    }
  }
  return result;
}

/** `[1, rows, inner] x [1, inner, columns]`, by XNNPACK, which keeps what it makes of b while b lives. */
function multiply(backend: WasmBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  const kernel = getKernel('_FusedMatMul', 'wasm');
  return kernel?.kernelFunc({
    inputs: { a, b },
    backend,
    attrs: { transposeA: false, transposeB: false, activation: 'linear' },
  }) as TensorInfo;
}
