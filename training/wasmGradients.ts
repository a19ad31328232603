/**
 * The gradients that tfjs's wasm backend lacks, so that the engine that is always there can train
 * too. It has no kernel for the gradient of a convolution's filter nor for that of a gather, and
 * those it has for a convolution's input and for transposed matrix products are plain loops, 20 to
 * 100 times slower than its forward ones. Here each is put in terms of what XNNPACK does fast:
 * a convolution with the filter flipped, or a matrix product after an explicit transposition.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../src/engine/kernels/wasmWinograd.ts';

const BACKEND = 'wasm';

type Kernel = Parameters<typeof tf.registerKernel>[0]['kernelFunc'];
type KernelArguments = Parameters<Kernel>[0];

/**
 * Registers the kernels for the wasm backend, in place of its own where those are slow. Does nothing
 * where that backend is not loaded, and when it is called again.
 */
export function registerWasmGradients(): void {
  const isLoaded = tf.getKernel('Conv2D', BACKEND) !== undefined;
  if (!isLoaded || tf.getKernel('UnsortedSegmentSum', BACKEND)) return;
  register('UnsortedSegmentSum', unsortedSegmentSum);
  register('Conv2DBackpropFilter', conv2dBackpropFilter);
  register('Conv2DBackpropInput', conv2dBackpropInput);
  const product = tf.getKernel('BatchMatMul', BACKEND)?.kernelFunc;
  if (product) register('BatchMatMul', (call) => transposedFirst(call, product));
}

function register(kernelName: string, kernelFunc: Kernel): void {
  const old = tf.getKernel(kernelName, BACKEND);
  if (old) tf.unregisterKernel(kernelName, BACKEND);
  // The old kernel's set-up is kept: it is what links a kernel to its compiled function.
  tf.registerKernel({ ...old, kernelName, backendName: BACKEND, kernelFunc });
}

/** Rows of `x` added up by segment; rows of a segment outside of 0..numSegments - 1 count nowhere. */
function unsortedSegmentSum({ inputs, attrs, backend }: KernelArguments): tf.TensorInfo {
  const { x, segmentIds } = inputs as Record<'x' | 'segmentIds', tf.TensorInfo>;
  const { numSegments } = attrs as unknown as { numSegments: number };
  const wasm = backend as WasmBackend;
  const result = wasm.makeOutput([numSegments, ...x.shape.slice(1)], x.dtype);
  // makeOutput may grow the heap, which would leave views taken before it empty.
  const sums = wasm.typedArrayFromHeap(result).fill(0);
  const values = wasm.typedArrayFromHeap(x);
  const ids = wasm.typedArrayFromHeap(segmentIds);
  const width = tf.util.sizeFromShape(x.shape.slice(1));
  for (let row = 0; row < ids.length; row++) {
    const segment = ids[row] as number;
    if (segment < 0 || segment >= numSegments) continue;
    const to = segment * width;
    const from = row * width;
    for (let k = 0; k < width; k++) {
      sums[to + k] = (sums[to + k] as number) + (values[from + k] as number);
    }
  }
  return result;
}

interface ConvolutionAttributes {
  readonly strides: number | readonly number[];
  readonly pad: 'same' | 'valid' | number | unknown[];
  readonly dataFormat?: string;
}

/** Padding in rows and columns of a convolution of stride 1. */
interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * The padding of a forward convolution.
 * @throws Error for convolutions whose gradient these kernels do not know
 */
function paddingOf(attributes: unknown, [height = 1, width = 1]: readonly number[]): Padding {
  const { strides, pad, dataFormat = 'NHWC' } = attributes as ConvolutionAttributes;
  const plain = [strides].flat().every((stride) => stride === 1) && dataFormat === 'NHWC';
  if (!plain || (pad !== 'same' && pad !== 'valid')) {
    throw new Error(
      'On the wasm engine only convolutions of stride 1, padded "same" or "valid", can be trained; ' +
        `this one has strides ${strides}, padding ${JSON.stringify(pad)} and the format ${dataFormat}.`,
    );
  }
  const rows = pad === 'same' ? height - 1 : 0;
  const columns = pad === 'same' ? width - 1 : 0;
  const [top, left] = [rows >> 1, columns >> 1];
  return { top, bottom: rows - top, left, right: columns - left };
}

/** dy, padded to the full, under the filter turned by 180 degrees with its channels swapped. */
function conv2dBackpropInput({ inputs, attrs }: KernelArguments): tf.TensorInfo {
  const { dy, filter } = inputs as unknown as Record<'dy' | 'filter', tf.Tensor4D>;
  const [height, width] = filter.shape;
  const { top, bottom, left, right } = paddingOf(attrs, filter.shape);
  return tf.tidy(() =>
    tf.conv2d(dy, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, [
      [0, 0],
      [height - 1 - top, height - 1 - bottom],
      [width - 1 - left, width - 1 - right],
      [0, 0],
    ]),
  );
}

/**
 * For each cell of the filter, the picture moved by that cell times dy: one matrix product over
 * all pixels. (As one convolution, batch and channels swapped, it takes nearly twice as long.)
 */
function conv2dBackpropFilter({ inputs, attrs }: KernelArguments): tf.TensorInfo {
  const { x, dy } = inputs as unknown as Record<'x' | 'dy', tf.Tensor4D>;
  const { filterShape } = attrs as unknown as { filterShape: [number, number, number, number] };
  const [height, width, inChannels, outChannels] = filterShape;
  const { top, bottom, left, right } = paddingOf(attrs, filterShape);
  const [batch, rows, columns] = dy.shape;
  const pixels = batch * rows * columns;
  return tf.tidy(() => {
    const byChannel = tf.transpose(x, [3, 0, 1, 2]) as tf.Tensor4D;
    const padded = tf.pad(byChannel, [
      [0, 0],
      [0, 0],
      [top, bottom],
      [left, right],
    ]);
    const flatDy = tf.reshape(dy, [pixels, outChannels]) as tf.Tensor2D;
    const cells: tf.Tensor[] = [];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const moved = tf.slice(padded, [0, 0, row, column], [inChannels, batch, rows, columns]);
        cells.push(tf.matMul(tf.reshape(moved, [inChannels, pixels]) as tf.Tensor2D, flatDy));
      }
    }
    return tf.reshape(tf.stack(cells), filterShape);
  });
}

/** A matrix product whose transpositions are carried out before it. */
function transposedFirst(call: KernelArguments, product: Kernel): ReturnType<Kernel> {
  const { a, b } = call.inputs as unknown as Record<'a' | 'b', tf.Tensor>;
  const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
  if (!transposeA && !transposeB) return product(call);
  const turn = (x: tf.Tensor) => {
    const axes = x.shape.map((_, axis) => axis);
    return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
  };
  return tf.tidy(() => tf.matMul(transposeA ? turn(a) : a, transposeB ? turn(b) : b));
}
