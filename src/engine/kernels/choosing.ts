/**
 * Chooses among the kernels by trying them on this adapter. For each class of shapes tfjs's own kernel is
 * timed first, on a map that grows, then so many times in a row, until it takes long enough to be measured;
 * then ours, likeliest first, the same way. One of ours is taken only if its numbers agree with tfjs's and
 * if it is faster by more than the noise. Shaders compile beforehand, all at once and off this thread; the
 * timed runs share a budget, and a class that the budget leaves out does as the nearest one that was
 * measured, and the next visit measures it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { finished } from '../device.ts';
import {
  type AdapterKind,
  everywhere,
  type KernelChoices,
  type KernelName,
  kernelsFor,
  type OwnKernel,
  runOwnKernel,
  SHAPE_CLASSES,
  type ShapeClass,
} from './candidates.ts';
import { asConvolution, type ConvolutionCall } from './convolution.ts';
import type { TransformedFilters } from './filters.ts';
import { stockKernel } from './install.ts';
import type { WebGPUBackend } from './program.ts';
import { waves } from './waves.ts';
import { keptFilters } from './winograd.ts';

/** Milliseconds, shaders' compilation aside: when they are over, no other class is begun. */
export const BUDGET_MS = 300;

/** What each class is tried with: channels in and out. */
const SAMPLES: Readonly<Record<ShapeClass, readonly [number, number]>> = {
  few: [3, 64],
  thin: [64, 64],
  middle: [256, 256],
  deep: [512, 512],
};
/** Channels out on a software adapter: each costs the same there, and all are slow. */
const FILTERS = 64;
/** The classes in the order of their share in VGG16. */
const BY_SHARE: readonly ShapeClass[] = ['middle', 'deep', 'thin', 'few'];
const FIRST_SIDE = 8;
/** The map's side grows by this. */
const GROWTH = 4;
/** About what a map of the trunk has; on smaller ones a large GPU has threads left over, which would favour small blocks. */
const LAST_SIDE = 128;
/** Shorter runs are not measured but made longer. */
const LEAST_MS = 3;
/** In a row, where a GPU is done with the largest map sooner than it can say so. */
const MOST_IN_A_ROW = 64;
/** Runs longer than this need no second one. */
const LONG_MS = 20;
/** Of tfjs's time: one of ours that needs more is not worth the change. */
const NOISE = 0.9;
/** Largest difference to tfjs's output, as a part of the largest value. */
const TOLERANCE = 1e-3;

export type Measured = Partial<Record<ShapeClass, KernelName>>;

/** One kernel tried on a class's sample. */
export interface KernelTrial {
  readonly shapes: ShapeClass;
  readonly kernel: KernelName;
  /** of the sample's map, in pixels */
  readonly side: number;
  /** how many runs were timed together */
  readonly inARow: number;
  /** null where its numbers differ from tfjs's */
  readonly milliseconds: number | null;
}

export interface MeasureOptions extends AdapterKind {
  /** Classes measured on an earlier visit. */
  readonly known?: Measured;
  readonly budget?: number;
  readonly now?: () => number;
  /** told of each kernel that was tried */
  readonly onTrial?: (trial: KernelTrial) => void;
}

/**
 * Times kernels on the current backend, which must be WebGPU with ours not installed; nothing else may
 * compute meanwhile.
 * @returns the fastest kernel of each class that there was time for, and of those known
 */
export async function measureKernels({
  known = {},
  budget = BUDGET_MS,
  now = () => performance.now(),
  onTrial = () => {},
  ...kind
}: MeasureOptions): Promise<Measured> {
  const backend = tf.backend() as unknown as WebGPUBackend;
  const filters = keptFilters(backend);
  const measured: Measured = { ...known };
  const missing = BY_SHARE.filter((name) => !known[name]);
  let left = budget;
  try {
    await compile(backend, filters, missing, kind);
    for (const name of missing) {
      const trial = new Trial(backend, filters, name, kind);
      try {
        const start = now();
        measured[name] = await trial.run(left, now, onTrial);
        left -= now() - start;
        if (left <= 0) break;
      } finally {
        trial.dispose();
      }
    }
    return measured;
  } finally {
    filters.dispose();
  }
}

/** What each class is computed with, when these were measured; all by tfjs when none were. */
export function choicesFrom(measured: Measured): KernelChoices {
  const choices = { ...everywhere('stock') };
  SHAPE_CLASSES.forEach((name, index) => {
    const nearest = SHAPE_CLASSES.filter((other) => measured[other]).sort(
      (a, b) => distance(a, index) - distance(b, index),
    )[0];
    const kernel = measured[name] ?? (nearest && measured[nearest]) ?? 'stock';
    choices[name] = name === 'few' ? withoutTransform(kernel) : kernel;
  });
  return choices;
}

/** Winograd's transforms do not pay for a handful of channels: the direct kernel with blocks of the same kind. */
function withoutTransform(kernel: KernelName): KernelName {
  if (!kernel.startsWith('winograd')) return kernel;
  return kernel.endsWith('-large') ? 'direct-large' : 'direct-small';
}

function distance(name: ShapeClass, index: number): number {
  return Math.abs(SHAPE_CLASSES.indexOf(name) - index);
}

/** One class's sample and the runs with it. */
class Trial {
  readonly kernels: readonly OwnKernel[];
  private readonly filter: tf.Tensor;
  private readonly bias: tf.Tensor;
  private readonly small: tf.Tensor;
  private x: tf.Tensor;
  private inARow = 1;

  constructor(
    private readonly backend: WebGPUBackend,
    private readonly filters: TransformedFilters,
    private readonly name: ShapeClass,
    kind: AdapterKind,
  ) {
    const [inputs, outputs] = SAMPLES[name];
    const times = kind.software ? 1 : outputs / FILTERS;
    this.kernels = kernelsFor(name, kind);
    // Repeated: to compute two million waves takes longer than all trials.
    const filter = waves([3, 3, inputs, FILTERS], 1, 1 / Math.sqrt(inputs));
    const bias = waves([FILTERS], 2, 1);
    this.filter = tf.tile(filter, [1, 1, 1, times]);
    this.bias = tf.tile(bias, [times]);
    tf.dispose([filter, bias]);
    this.small = waves([1, FIRST_SIDE, FIRST_SIDE, inputs], 3, 1);
    this.x = tf.clone(this.small);
  }

  /** The fastest of those that there is time for; the first of ours is tried in any case. */
  async run(
    budget: number,
    now: () => number,
    onTrial: (trial: KernelTrial) => void,
  ): Promise<KernelName> {
    const tell = (kernel: KernelName, milliseconds: number | null) =>
      onTrial({
        ...{ shapes: this.name, kernel, inARow: this.inARow, milliseconds },
        side: this.side,
      });
    const end = now() + budget;
    const expected = await this.output('stock', now);
    let stock = await this.time('stock', now, expected.milliseconds);
    while (stock < LEAST_MS && this.side < LAST_SIDE && now() < end) {
      this.grow();
      stock = await this.time('stock', now);
    }
    while (stock < LEAST_MS && this.inARow < MOST_IN_A_ROW && now() < end) {
      this.inARow *= GROWTH;
      stock = await this.time('stock', now);
    }
    tell('stock', stock);
    let [best, least]: [KernelName, number] = ['stock', stock * NOISE];
    for (const [index, kernel] of this.kernels.entries()) {
      if (index > 0 && now() >= end) break;
      const actual = await this.output(kernel, now);
      if (!agree(actual.values, expected.values)) {
        tell(kernel, null);
        continue;
      }
      const time = await this.time(kernel, now, actual.milliseconds);
      tell(kernel, time);
      if (time < least) [best, least] = [kernel, time];
    }
    return best;
  }

  /** Of the map, in pixels. */
  get side(): number {
    return this.x.shape[1] as number;
  }

  /** Makes the map larger. */
  grow(): void {
    const smaller = this.x;
    this.x = tf.tile(smaller, [1, GROWTH, GROWTH, 1]);
    smaller.dispose();
  }

  dispose(): void {
    tf.dispose([this.filter, this.bias, this.small, this.x]);
  }

  /** Records one run. */
  record(kernel: KernelName, x = this.x): tf.TensorInfo {
    const call: ConvolutionCall = {
      inputs: { x, filter: this.filter, bias: this.bias },
      attrs: { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'relu' },
    };
    if (kernel === 'stock') {
      const args = { ...call, backend: this.backend } as unknown as Parameters<tf.KernelFunc>[0];
      return stockKernel('FusedConv2D')(args) as tf.TensorInfo;
    }
    const convolution = asConvolution(call);
    if (!convolution) throw new Error(`The sample of ${this.name} is no convolution of ours.`);
    return runOwnKernel(kernel, this.backend, convolution, this.filters);
  }

  /** What a kernel makes of the small map, and how long that took with the readback. */
  private async output(kernel: KernelName, now: () => number) {
    const start = now();
    const { dataId } = this.record(kernel, this.small);
    const values = (await this.backend.read(dataId)) as Float32Array;
    this.backend.disposeData(dataId);
    return { values, milliseconds: now() - start };
  }

  /**
   * The better of two measurements, as the first on a new size makes buffers.
   * @param onSmall how long the small map took: where that is long, it is the answer
   */
  private async time(kernel: KernelName, now: () => number, onSmall = 0): Promise<number> {
    if (onSmall > LONG_MS && this.inARow === 1) return onSmall;
    let least = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 2; run++) {
      const start = now();
      for (let i = 0; i < this.inARow; i++) {
        this.backend.disposeData(this.record(kernel).dataId);
      }
      await finished(this.backend);
      least = Math.min(least, now() - start);
    }
    return least;
  }
}

/** Has all pipelines made at once, in the driver's own threads, without running anything. */
async function compile(
  backend: WebGPUBackend,
  filters: TransformedFilters,
  classes: readonly ShapeClass[],
  kind: AdapterKind,
): Promise<void> {
  if (classes.length === 0) return;
  tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
  try {
    for (const name of classes) {
      const trial = new Trial(backend, filters, name, kind);
      for (;;) {
        for (const kernel of ['stock' as const, ...trial.kernels]) {
          backend.disposeData(trial.record(kernel).dataId);
        }
        // tfjs has other programs for larger maps; a software adapter seldom comes to them.
        if (kind.software || trial.side >= LAST_SIDE) break;
        trial.grow();
      }
      trial.dispose();
    }
  } finally {
    tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
  }
  await backend.checkCompileCompletionAsync();
}

function agree(actual: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.every((value, i) => {
    const difference = Math.abs((actual[i] ?? Number.NaN) - value);
    return difference <= TOLERANCE * largest; // false for NaN
  });
}
