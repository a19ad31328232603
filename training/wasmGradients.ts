/**
 * The gradients that tfjs's wasm backend lacks, so that the engine that is always there can train
 * too. It has no kernel for the gradient of a convolution's filter nor for that of a gather, and
 * those it has for a convolution's input and for transposed matrix products are plain loops, 20 to
 * 100 times slower than its forward ones. Here each is put in terms of what XNNPACK does fast:
 * a convolution with the filter flipped, or a matrix product after an explicit transposition.
 */
import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../src/engine/kernels/replaceKernel.ts';
import type { WasmBackend } from '../src/engine/kernels/wasmWinograd.ts';
import {
  conv2dBackpropInput,
  type Kernel,
  type KernelArguments,
  paddingOf,
} from './convolutionGradients.ts';

const BACKEND = 'wasm';

/**
 * Registers the kernels for the wasm backend, in place of its own where those are slow. Does nothing
 * where that backend is not loaded, and when it is called again.
 */
export function registerWasmGradients(): void {
  const isLoaded = tf.getKernel('Conv2D', BACKEND) !== undefined;
  if (!isLoaded || tf.getKernel('UnsortedSegmentSum', BACKEND)) return;
  replaceKernel('UnsortedSegmentSum', BACKEND, unsortedSegmentSum);
  replaceKernel('Conv2DBackpropFilter', BACKEND, conv2dBackpropFilter);
  replaceKernel('Conv2DBackpropInput', BACKEND, conv2dBackpropInput);
  const product = tf.getKernel('BatchMatMul', BACKEND)?.kernelFunc;
  if (product) replaceKernel('BatchMatMul', BACKEND, (call) => transposedFirst(call, product));
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
