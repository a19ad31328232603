/**
 * Puts our kernels in front of tfjs's own: tfjs's FusedConv2D and Conv2D on the WebGPU backend ask ours
 * first, and compute what ours leave to them as before. Everything else of tfjs stays untouched.
 */
import {
  getKernel,
  type KernelFunc,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { OwnOperation } from '../../core/kernels/backendKernel.ts';
import { type KernelChoices, type KernelName, runOwnKernel, shapeClass } from './candidates.ts';
import { asConvolution, CONVOLUTIONS, type ConvolutionCall } from './convolution.ts';
import type { WebGPUBackend } from './program.ts';
import { chooseProposals } from './proposals.ts';
import { keptFilters } from './winograd.ts';

/** Where the core looks for it (src/core/kernels/backendKernel.ts). */
const PROPOSALS: OwnOperation = 'LoupeProposals';

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
      for (const [name, stock] of stocks) replaceKernel(name, stock);
      if (proposals) unregisterKernel(PROPOSALS, 'webgpu');
      filters.dispose();
    },
  };
  if (proposals) {
    registerKernel({ kernelName: PROPOSALS, backendName: 'webgpu', kernelFunc: chooseProposals });
  }
  const stocks = CONVOLUTIONS.map((name) => {
    const stock = stockKernel(name);
    replaceKernel(name, (args) => {
      const convolution = asConvolution(args as unknown as ConvolutionCall);
      if (!convolution || args.backend !== backend) return stock(args);
      const [, height, width] = convolution.outShape;
      const chosen: KernelName =
        height * width < installed.leastPixels
          ? 'stock'
          : installed.choices[shapeClass(convolution.x.shape[3] as number)];
      return chosen === 'stock' ? stock(args) : runOwnKernel(chosen, backend, convolution, filters);
    });
    return [name, stock] as const;
  });
  return installed;
}

/** tfjs's own kernel, while ours are not installed. */
export function stockKernel(name: (typeof CONVOLUTIONS)[number]): KernelFunc {
  const kernel = getKernel(name, 'webgpu');
  if (!kernel) throw new Error(`tfjs has no kernel ${name} on WebGPU; load its backend first.`);
  return kernel.kernelFunc;
}

function replaceKernel(kernelName: string, kernelFunc: KernelFunc): void {
  unregisterKernel(kernelName, 'webgpu');
  registerKernel({ kernelName, backendName: 'webgpu', kernelFunc });
}
