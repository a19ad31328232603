/**
 * Training on a GPU: tfjs's WebGPU backend has a kernel for the gradient of a convolution's filter, but
 * each of its threads walks over all pixels for one number; and its kernel for the input's gradient
 * shares nothing between threads. Here the first is a matrix product in tiles of its own, and the second
 * a convolution forward with the filter turned.
 *
 * For a cell of the filter the gradient is the product of the picture, moved by that cell and turned on
 * its side, with what comes from above: as many rows as input channels, as many columns as filters, and a
 * sum over all pixels of all pictures. A workgroup of 64 threads has 64 rows by 64 columns, a thread 8 by
 * 8 of them in registers. The pixels are dealt out to many workgroups, and where a layer has so few channels
 * that threads would be left over, to the threads as well; what they find is added up in the end.
 */
import * as tf from '@tensorflow/tfjs-core';
import { range, runKernel, type WebGPUBackend } from '../src/engine/kernels/program.ts';
import { replaceKernel } from '../src/engine/kernels/replaceKernel.ts';
import { conv2dBackpropInput, type KernelArguments, paddingOf } from './convolutionGradients.ts';

const BACKEND = 'webgpu';
/** Of a workgroup. */
const THREADS = 64;
/** Pixels that a workgroup shares at a time. */
const DEPTH = 16;
/** A dispatch of about this many workgroups fills a large GPU several times. */
const WORKGROUPS = 1500;

/** Registers the kernels for the WebGPU backend; does nothing where that is not loaded. */
export function registerWebgpuGradients(): void {
  if (!tf.getKernel('Conv2DBackpropFilter', BACKEND)) return;
  replaceKernel('Conv2DBackpropFilter', BACKEND, conv2dBackpropFilter);
  replaceKernel('Conv2DBackpropInput', BACKEND, conv2dBackpropInput);
}

/** Vectors of four channels, of a workgroup and of each of its threads, along one side. */
interface Side {
  readonly tile: number;
  readonly each: number;
}

function sideOf(channels: number): Side {
  return channels > 4 ? { tile: 16, each: 2 } : { tile: 1, each: 1 };
}

function conv2dBackpropFilter({ inputs, attrs, backend }: KernelArguments): tf.TensorInfo {
  const { x, dy } = inputs as Record<'x' | 'dy', tf.TensorInfo>;
  const { filterShape } = attrs as unknown as { filterShape: [number, number, number, number] };
  const [height, width, inChannels, outChannels] = filterShape;
  const { top, left } = paddingOf(attrs, filterShape);
  const device = backend as WebGPUBackend;
  const [rows, columns] = [sideOf(inChannels), sideOf(outChannels)];
  const across = columns.tile / columns.each;
  const along = rows.tile / rows.each;
  const shares = THREADS / (across * along);
  const tiles = [outChannels, inChannels].map((channels, i) =>
    Math.ceil(channels / (4 * ([columns, rows][i] as Side).tile)),
  ) as [number, number];
  const cells = height * width;
  const pixels = tf.util.sizeFromShape(dy.shape.slice(0, 3));
  const wanted = Math.ceil(WORKGROUPS / (tiles[0] * tiles[1] * cells));
  const depth = DEPTH * Math.ceil(pixels / DEPTH / wanted);
  const groups = Math.ceil(pixels / depth);
  const parts = runKernel(device, {
    key: `filterGradient_${rows.tile}_${columns.tile}_${inChannels % 4 === 0}_${outChannels % 4 === 0}`,
    inputs: [
      { name: 'x', components: inChannels % 4 === 0 ? 4 : 1, tensor: x },
      { name: 'dy', components: outChannels % 4 === 0 ? 4 : 1, tensor: dy },
    ],
    output: { shape: [groups * shares, cells, inChannels * outChannels], components: 1 },
    uniforms: { padding: [top, left], filterColumns: [width], pixels: [pixels], depth: [depth] },
    workgroup: [across, along, shares],
    dispatch: [tiles[0], tiles[1] * cells, groups],
    code: () => partCode(rows, columns, inChannels % 4 === 0, outChannels % 4 === 0),
  });
  const sum = addedUp(device, parts, filterShape);
  device.disposeData(parts.dataId);
  return sum;
}

function partCode(rows: Side, columns: Side, xByFours: boolean, dyByFours: boolean): string {
  const across = columns.tile / columns.each;
  const along = rows.tile / rows.each;
  const lines = (list: string[]) => list.join('\n');
  const [R, C] = [range(rows.each), range(columns.each)];
  const vector = (name: string, byFours: boolean) => (start: string, channel: string) =>
    byFours
      ? `${name}[(${start} + ${channel}) / 4]`
      : `vec4<f32>(${range(4).map((j) => `select(0.0, ${name}[min(${start} + ${channel} + ${j}, ${name}Last)], ${channel} + ${j} < ${name}Channels)`)})`;
  const [readX, readDy] = [vector('x', xByFours), vector('dy', dyByFours)];
  return `
var<workgroup> shownX : array<vec4<f32>, ${DEPTH * rows.tile}>;
var<workgroup> shownDy : array<vec4<f32>, ${DEPTH * columns.tile}>;

fn main() {
  let xChannels = uniforms.xShape[3];
  let dyChannels = uniforms.dyShape[3];
  let xLast = uniforms.xShape[0] * uniforms.xShape[1] * uniforms.xShape[2] * xChannels - 1;
  let dyLast = uniforms.pixels * dyChannels - 1;
  let thread = (i32(localId.z) * ${along} + i32(localId.y)) * ${across} + i32(localId.x);
  let cells = uniforms.outShape[1];
  let tile = i32(workgroupId.y) / cells;
  let cell = i32(workgroupId.y) - tile * cells;
  let dRow = cell / uniforms.filterColumns - uniforms.padding[0];
  let dColumn = cell % uniforms.filterColumns - uniforms.padding[1];
  let row0 = tile * ${4 * rows.tile};
  let column0 = i32(workgroupId.x) * ${4 * columns.tile};
  let end = min((i32(workgroupId.z) + 1) * uniforms.depth, uniforms.pixels);
  ${lines(R.flatMap((r) => range(4).flatMap((j) => C.map((c) => `var s${r}_${j}_${c} = vec4<f32>(0.0);`))))}
  // The bound is the same for all workgroups, as WGSL wants it around barriers.
  for (var done = 0; done < uniforms.depth; done += ${DEPTH}) {
    let first = i32(workgroupId.z) * uniforms.depth + done;
    for (var i = thread; i < ${DEPTH * rows.tile}; i += ${THREADS}) {
      let k = i / ${rows.tile};
      let channel = row0 + 4 * (i - k * ${rows.tile});
      let pixel = first + k;
      let line = pixel / uniforms.dyShape[2];
      let picture = line / uniforms.dyShape[1];
      let row = line - picture * uniforms.dyShape[1] + dRow;
      let column = pixel - line * uniforms.dyShape[2] + dColumn;
      var value = vec4<f32>(0.0);
      if (pixel < end && channel < xChannels && row >= 0 && row < uniforms.xShape[1] && column >= 0 && column < uniforms.xShape[2]) {
        let start = ((picture * uniforms.xShape[1] + row) * uniforms.xShape[2] + column) * xChannels;
        value = ${readX('start', 'channel')};
      }
      shownX[i] = value;
    }
    for (var i = thread; i < ${DEPTH * columns.tile}; i += ${THREADS}) {
      let k = i / ${columns.tile};
      let channel = column0 + 4 * (i - k * ${columns.tile});
      var value = vec4<f32>(0.0);
      if (first + k < end && channel < dyChannels) {
        let start = (first + k) * dyChannels;
        value = ${readDy('start', 'channel')};
      }
      shownDy[i] = value;
    }
    workgroupBarrier();
    for (var k = i32(localId.z); k < ${DEPTH}; k += ${THREADS / (across * along)}) {
      ${lines(R.map((r) => `let a${r} = shownX[k * ${rows.tile} + i32(localId.y) + ${r * along}];`))}
      ${lines(C.map((c) => `let b${c} = shownDy[k * ${columns.tile} + i32(localId.x) + ${c * across}];`))}
      ${lines(R.flatMap((r) => range(4).flatMap((j) => C.map((c) => `s${r}_${j}_${c} += a${r}[${j}] * b${c};`))))}
    }
    workgroupBarrier();
  }
  let part = (i32(workgroupId.z) * ${THREADS / (across * along)} + i32(localId.z)) * cells + cell;
  ${lines(
    R.flatMap((r) =>
      range(4).map(
        (j) => `{
    let row = row0 + 4 * (i32(localId.y) + ${r * along}) + ${j};
    if (row < xChannels) {
      let at = (part * xChannels + row) * dyChannels;
      ${lines(
        C.map(
          (c) => `{
        let column = column0 + 4 * (i32(localId.x) + ${c * across});
        ${lines(range(4).map((i) => `if (column + ${i} < dyChannels) { result[at + column + ${i}] = s${r}_${j}_${c}[${i}]; }`))}
      }`,
        ),
      )}
    }
  }`,
      ),
    ),
  )}
}`;
}

/** The sum over the first axis. */
function addedUp(
  backend: WebGPUBackend,
  parts: tf.TensorInfo,
  shape: readonly number[],
): tf.TensorInfo {
  return runKernel(backend, {
    key: 'addedUp',
    inputs: [{ name: 'parts', components: 1, tensor: parts }],
    output: { shape: [...shape], components: 1 },
    uniforms: { numbers: [tf.util.sizeFromShape([...shape])] },
    workgroup: [THREADS, 1, 1],
    dispatch: tf.util.sizeFromShape([...shape]),
    code: () => `
fn main(index : i32) {
  if (index >= uniforms.numbers) { return; }
  var sum = 0.0;
  for (var part = 0; part < uniforms.partsShape[0]; part++) { sum += parts[part * uniforms.numbers + index]; }
  result[index] = sum;
}`,
  });
}
