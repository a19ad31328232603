/**
 * Puts our kernels in front of tfjs's own: tfjs's FusedConv2D and Conv2D on the WebGPU backend ask ours
 * first, and compute what ours leave to them as before. Beside them it registers the operations that tfjs has
 * no kernel for and the core asks for by name (src/core/kernels). Everything else of tfjs stays untouched.
 */
import {
  getKernel,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { OwnOperation } from '../../core/kernels/backendKernel.ts';
import { resizeAxis } from './bicubic.ts';
import { type KernelChoices, type KernelName, runOwnKernel, shapeClass } from './candidates.ts';
import { asConvolution, CONVOLUTIONS, type ConvolutionCall } from './convolution.ts';
import { CONV_POOL, poolByTfjs } from './convPool.ts';
import type { WebGPUBackend } from './program.ts';
import { chooseProposals } from './proposals.ts';
import { replaceKernel } from './replaceKernel.ts';
import { alignRois } from './roiAlign.ts';
import { widen } from './widen.ts';
import { keptFilters } from './winograd.ts';

/** A tile of the largest transform. */
const LEAST_PIXELS = 16;

export interface InstalledKernels {
  /** Which kernel computes which class of shapes; may be set at any time. */
  choices: KernelChoices;
  /** Pictures of fewer pixels are left to tfjs: the transforms would not pay. */
  leastPixels: number;
  /** Leaves everything to tfjs again and frees what ours kept. */
  remove(): void;
}

type KernelArguments = Parameters<KernelFunc>[0];

export interface InstallOptions {
  /** Whether an RPN's proposals are chosen on the device; otherwise here, from all that it says. */
  readonly proposals?: boolean;
}

/**
 * @param backend tfjs's WebGPU backend, which must be the only one registered as 'webgpu'
 */
export function installKernels(
  backend: WebGPUBackend,
  choices: KernelChoices,
  { proposals = false }: InstallOptions = {},
): InstalledKernels {
  const filters = keptFilters(backend);
  const installed: InstalledKernels = {
    choices,
    leastPixels: LEAST_PIXELS,
    remove() {
      for (const [name, stock] of stocks) replaceKernel(name, 'webgpu', stock);
      for (const name of Object.keys(operations)) unregisterKernel(name, 'webgpu');
      filters.dispose();
    },
  };
  /** By the kernel of ours that is chosen; undefined where it is tfjs's. */
  const byOurs = (args: KernelArguments): TensorInfo | undefined => {
    const convolution = asConvolution(args as unknown as ConvolutionCall);
    if (!convolution || args.backend !== backend) return undefined;
    const [, height, width] = convolution.outShape;
    const chosen: KernelName =
      height * width < installed.leastPixels
        ? 'stock'
        : installed.choices[shapeClass(convolution.x.shape[3] as number)];
    if (chosen === 'stock') return undefined;
    return runOwnKernel(chosen, backend, convolution, filters);
  };
  const stockConvolution = stockKernel('FusedConv2D');
  const stocks = CONVOLUTIONS.map((name) => {
    const stock = stockKernel(name);
    replaceKernel(name, 'webgpu', (args) => byOurs(args) ?? stock(args));
    return [name, stock] as const;
  });
  const operations = {
    ...(proposals && { LoupeProposals: chooseProposals }),
    LoupeWiden: widen as unknown as KernelFunc,
    LoupeRoiAlign: alignRois as unknown as KernelFunc,
    LoupeBicubic: resizeAxis as unknown as KernelFunc,
    LoupeConvPool: (args) => {
      const call = { ...args, attrs: CONV_POOL } as unknown as KernelArguments;
      return byOurs(call) ?? poolByTfjs(args.backend, stockConvolution(call) as TensorInfo);
    },
  } satisfies Partial<Record<OwnOperation, KernelFunc>>;
  for (const [kernelName, kernelFunc] of Object.entries(operations)) {
    registerKernel({ kernelName, backendName: 'webgpu', kernelFunc });
  }
  return installed;
}

/** tfjs's own kernel, while ours are not installed. */
export function stockKernel(name: (typeof CONVOLUTIONS)[number]): KernelFunc {
  const kernel = getKernel(name, 'webgpu');
  if (!kernel) throw new Error(`tfjs has no kernel ${name} on WebGPU; load its backend first.`);
  return kernel.kernelFunc;
}
