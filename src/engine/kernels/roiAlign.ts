/**
 * RoIAlign in one dispatch, instead of tfjs's gather, product and sum, which write and read
 * 4 x samplingRatio^2 numbers for each number of the result.
 *
 * A thread computes one bin of one box for four channels, or for one where the channels are not a
 * multiple of four. Threads next to each other do the same bin's next channels: they read the same box and
 * cells that adjoin. Each works out its own coordinates from the box, a few multiplications beside its
 * 4 x samplingRatio^2 loads; nothing is made on the host.
 *
 * Coordinates are float32 here, as in torchvision, and float64 in the core. A place up to E cells from the
 * map's corner is right to about 4 x 2^-24 x E cells, a feature so to 1e-6 x (E + 1) of the largest
 * (tests/15-kernels). Where that decides whether a sample is more than a cell outside, it may count or not.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { range, runKernel, type WebGPUBackend } from './program.ts';

/** What the core calls `LoupeRoiAlign` with (src/core/detection/roiAlign.ts). */
interface RoiAlignCall {
  readonly backend: WebGPUBackend;
  readonly inputs: {
    /** `[1, rows, columns, channels]`, float32 */
    readonly features: TensorInfo;
    /** `[count, 4]`, float32, in pixels */
    readonly boxes: TensorInfo;
  };
  readonly attrs: {
    readonly outputSize: number;
    readonly samplingRatio: number;
    readonly stride: number;
  };
}

const THREADS = 64;

/** Records RoIAlign. @returns `[count, outputSize, outputSize, channels]`, the caller's to dispose */
export function alignRois({ backend, inputs, attrs }: RoiAlignCall): TensorInfo {
  const { features, boxes } = inputs;
  const { outputSize, samplingRatio, stride } = attrs;
  const [, rows, columns, channels] = features.shape as [number, number, number, number];
  const count = boxes.shape[0] as number;
  const components = channels % 4 === 0 ? 4 : 1;
  const bins = outputSize ** 2;
  const aligned = runKernel(backend, {
    key: `roiAlign_${outputSize}_${samplingRatio}_${stride}_${components}`,
    inputs: [
      // In sides of 1 tfjs sees broadcasting, and makes another pipeline: none for the single box.
      { name: 'features', components, tensor: { ...features, shape: [rows, columns, channels] } },
      { name: 'boxes', components: 4, tensor: { ...boxes, shape: [4 * count] } },
    ],
    output: { shape: [count, bins, channels], components },
    workgroup: [THREADS, 1, 1],
    dispatch: (count * bins * channels) / components,
    code: () => roiAlignCode(attrs, components),
  });
  return { ...aligned, shape: [count, outputSize, outputSize, channels] };
}

function roiAlignCode(
  { outputSize, samplingRatio, stride }: RoiAlignCall['attrs'],
  components: 1 | 4,
): string {
  const bins = outputSize ** 2;
  const samples = range(samplingRatio);
  /** The middle of a bin's k-th sample, as a share of the box's side. */
  const middle = (bin: string, k: number) =>
    `(f32(${bin} * ${samplingRatio}) + ${k}.5) * ${1 / (outputSize * samplingRatio)}`;
  const cells = (y: number, x: number) => `
  sum += y${y}.shares.x * (x${x}.shares.x * features[(y${y}.cells.x * columns + x${x}.cells.x) * vectors + c]
      + x${x}.shares.y * features[(y${y}.cells.x * columns + x${x}.cells.y) * vectors + c])
    + y${y}.shares.y * (x${x}.shares.x * features[(y${y}.cells.y * columns + x${x}.cells.x) * vectors + c]
      + x${x}.shares.y * features[(y${y}.cells.y * columns + x${x}.cells.y) * vectors + c]);`;
  return `
// The two cells that a coordinate is between, and their shares: none of them more than a cell outside.
struct Between { cells: vec2<i32>, shares: vec2<f32> };

fn between(position: f32, limit: i32) -> Between {
  let inside = max(position, 0.0);
  let low = min(i32(floor(inside)), limit - 1);
  let high = min(low + 1, limit - 1);
  let share = select(inside - f32(low), 0.0, high == low);
  let counts = position >= -1.0 && position <= f32(limit);
  return Between(vec2<i32>(low, high), select(vec2<f32>(0.0), vec2<f32>(1.0 - share, share), counts));
}

fn main(index: i32) {
  let columns = uniforms.featuresShape[1];
  let vectors = uniforms.outShape[2] / ${components};
  let bin = index / vectors;
  let c = index - bin * vectors;
  let roi = bin / ${bins};
  if (roi >= uniforms.outShape[0]) { return; }
  let binY = (bin - roi * ${bins}) / ${outputSize};
  let binX = bin - roi * ${bins} - binY * ${outputSize};
  let edges = boxes[roi] * ${1 / stride};
  let sides = edges.zw - edges.xy;
  // Half a cell less: the value of a cell belongs to its middle, not to its corner.
  ${samples.map((k) => `let x${k} = between(edges.x + sides.x * ${middle('binX', k)} - 0.5, columns);`).join('\n  ')}
  ${samples.map((k) => `let y${k} = between(edges.y + sides.y * ${middle('binY', k)} - 0.5, uniforms.featuresShape[0]);`).join('\n  ')}
  var sum = ${components === 4 ? 'vec4<f32>(0.0)' : '0.0'};
  ${samples.flatMap((y) => samples.map((x) => cells(y, x))).join('')}
  result[index] = sum * ${1 / samplingRatio ** 2};
}`;
}
