/**
 * What may compute a convolution: tfjs's own kernel, or one of ours in blocks that suit a software adapter
 * (few loads for each multiplication, whatever the registers) or a GPU (many threads, few registers), or
 * with tfjs's product in its middle. And the classes of shapes for each of which one of them is chosen.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Convolution } from './convolution.ts';
import { poolByTfjs } from './convPool.ts';
import { convolveDirectly, type DirectBlock } from './direct.ts';
import type { TransformedFilters } from './filters.ts';
import type { ProductBlock } from './product.ts';
import type { WebGPUBackend } from './program.ts';
import { convolveInTiles } from './tiled.ts';
import { convolveByWinograd, type WinogradPlan } from './winograd.ts';
import { F2, F2_HALVES, F4 } from './winogradMatrices.ts';

/** Changed with the kernels: choices made for others are then made anew. */
export const KERNELS_VERSION = 3;

type Run = (
  backend: WebGPUBackend,
  convolution: Convolution,
  filters: TransformedFilters,
) => TensorInfo;

/** A kernel that does not pool: tfjs's pooling follows where it is asked for. */
const thenPooled =
  (convolve: (backend: WebGPUBackend, convolution: Convolution) => TensorInfo): Run =>
  (backend, convolution) => {
    const map = convolve(backend, convolution);
    return convolution.pooled ? poolByTfjs(backend, map) : map;
  };

const direct = (block: DirectBlock): Run =>
  thenPooled((backend, convolution) => convolveDirectly(backend, convolution, block));

const winograd =
  (plan: WinogradPlan): Run =>
  (backend, convolution, filters) =>
    convolveByWinograd(
      backend,
      convolution,
      filters.get(convolution.filter, plan.winograd)[0] as TensorInfo,
      plan,
    );

const LARGE: ProductBlock = { tiles: 8, vectors: 4, threads: [4, 1] };
const SMALL: ProductBlock = { tiles: 4, vectors: 2, threads: [8, 8] };

const RUNS = {
  'winograd-4-large': winograd({ winograd: F4, product: LARGE }),
  'winograd-4-small': winograd({ winograd: F4, product: SMALL }),
  'winograd-4-tfjs': winograd({ winograd: F4, product: 'tfjs' }),
  'winograd-2-large': winograd({ winograd: F2, product: LARGE }),
  'winograd-2-small': winograd({ winograd: F2, product: SMALL }),
  'winograd-2-halves': winograd({ winograd: F2_HALVES, product: SMALL }),
  'direct-large': direct({ pixels: 4, vectors: 2, threads: [4, 1] }),
  'direct-small': direct({ pixels: 4, vectors: 1, threads: [16, 4] }),
  tiled: thenPooled(convolveInTiles),
} satisfies Record<string, Run>;

export type OwnKernel = keyof typeof RUNS;
export type KernelName = OwnKernel | 'stock';

/** All of ours. */
export const OWN_KERNELS = Object.keys(RUNS) as OwnKernel[];

/** Records the convolution, and its pooling, with the kernel of that name. @returns its output, the caller's to dispose */
export function runOwnKernel(name: OwnKernel, ...args: Parameters<Run>): TensorInfo {
  return RUNS[name](...args);
}

/** Classes of convolutions, by how much work a pixel is. */
export const SHAPE_CLASSES = ['few', 'thin', 'middle', 'deep'] as const;
export type ShapeClass = (typeof SHAPE_CLASSES)[number];
export type KernelChoices = Readonly<Record<ShapeClass, KernelName>>;

/** The largest number of input channels in each class; the last has no end. */
const MOST_INPUTS: Readonly<Record<ShapeClass, number>> = {
  few: 15,
  thin: 96,
  middle: 320,
  deep: Number.POSITIVE_INFINITY,
};

export function shapeClass(inputs: number): ShapeClass {
  return SHAPE_CLASSES.find((name) => inputs <= MOST_INPUTS[name]) as ShapeClass;
}

/** Those worth timing where the processor plays the GPU, and on a GPU: each adapter compiles few of them. */
const ON_SOFTWARE: readonly OwnKernel[] = ['winograd-4-large', 'winograd-2-large', 'direct-large'];
const ON_GPU: readonly OwnKernel[] = [
  'winograd-4-tfjs',
  'winograd-4-small',
  'tiled',
  'winograd-2-small',
  'winograd-2-halves',
  'direct-small',
];
/** Only where the adapter has halves itself: elsewhere unpacking them costs more than it saves. */
const WITH_HALVES: ReadonlySet<OwnKernel> = new Set(['winograd-2-halves']);

/** What of an adapter decides which kernels are worth timing on it. */
export interface AdapterKind {
  /** Whether the processor plays the GPU. */
  readonly software: boolean;
  /** Whether it computes with half-precision numbers itself (`shader-f16`). */
  readonly halves?: boolean;
}

/**
 * The kernels worth timing in a class, the likeliest winners first. Winograd's transforms do not pay for a
 * handful of channels.
 */
export function kernelsFor(name: ShapeClass, { software, halves }: AdapterKind): OwnKernel[] {
  return (software ? ON_SOFTWARE : ON_GPU).filter(
    (kernel) =>
      (name !== 'few' || !kernel.startsWith('winograd')) && (halves || !WITH_HALVES.has(kernel)),
  );
}

/** The same choice for all classes where it can be, for tests and the bench. */
export function everywhere(kernel: KernelName): KernelChoices {
  const entries = SHAPE_CLASSES.map((name) => [name, kernel] as const);
  return Object.fromEntries(entries) as Record<ShapeClass, KernelName>;
}
