/**
 * Two kernels that tfjs-node computes the long way round, as TensorFlow does them by itself. The
 * gradient of every ReLU asks where its output is above 0 (tfjs's kernel Step), which tfjs-node answers
 * with five operations on tensors of ones and zeros that it fills on the host. And of a gather it looks
 * at every index on the host, before TensorFlow looks at it again: of a hundred thousand anchors each.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from './tensorflow.ts';

const BACKEND = 'tensorflow';
const replaced = new WeakSet<Kernel>();

type Kernel = Parameters<typeof tf.registerKernel>[0]['kernelFunc'];
type KernelArguments = Parameters<Kernel>[0];

/** Has them computed so; does nothing where that backend is not loaded, and when it is called again. */
export function registerTensorflowKernels(): void {
  register('Step', step);
  register('GatherV2', gather);
}

function register(
  kernelName: string,
  compute: (call: KernelArguments, usual: Kernel) => ReturnType<Kernel>,
): void {
  const old = tf.getKernel(kernelName, BACKEND);
  if (!old || replaced.has(old.kernelFunc)) return;
  const kernelFunc: Kernel = (call) => compute(call, old.kernelFunc);
  replaced.add(kernelFunc);
  tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({ ...old, kernelFunc });
}

/** 1 above 0, `alpha` elsewhere; what is no number stays none. */
function step(call: KernelArguments, usual: Kernel): ReturnType<Kernel> {
  const x = call.inputs.x as tf.Tensor;
  const { alpha } = call.attrs as { alpha?: number };
  if (alpha !== 0 || x.dtype !== 'float32') return usual(call);
  return tf.tidy(() => tf.relu(tf.sign(x)));
}

/** Slices of `x`; TensorFlow itself refuses an index outside of it. */
function gather(call: KernelArguments, usual: Kernel): ReturnType<Kernel> {
  const { x, indices } = call.inputs as Record<'x' | 'indices', tf.TensorInfo>;
  const { axis, batchDims } = call.attrs as { axis?: number; batchDims?: number };
  if (x.dtype !== 'float32' || indices.dtype !== 'int32' || batchDims !== 0) return usual(call);
  const backend = call.backend as NodeBackend;
  const { TF_ATTR_TYPE: type, TF_ATTR_INT, TF_FLOAT, TF_INT32 } = backend.binding;
  const attributes = [
    { name: 'batch_dims', type: TF_ATTR_INT, value: batchDims },
    { name: 'Tparams', type, value: TF_FLOAT },
    { name: 'Tindices', type, value: TF_INT32 },
    { name: 'Taxis', type, value: TF_INT32 },
  ];
  return tf.tidy(() =>
    backend.executeSingleOutput('GatherV2', attributes, [
      x,
      indices,
      tf.scalar(axis ?? 0, 'int32'),
    ]),
  );
}
