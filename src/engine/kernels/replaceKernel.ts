/** How a kernel of ours takes the place of one of tfjs's, on any backend. */
import {
  getKernel,
  type KernelFunc,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/** Puts a kernel in the place of a backend's own, or beside its others where it has none of that name. */
export function replaceKernel(
  kernelName: string,
  backendName: string,
  kernelFunc: KernelFunc,
): void {
  const old = getKernel(kernelName, backendName);
  if (old) unregisterKernel(kernelName, backendName);
  // The old kernel's set-up is kept: on wasm it is what links a kernel to its compiled function.
  registerKernel({ ...old, kernelName, backendName, kernelFunc });
}
