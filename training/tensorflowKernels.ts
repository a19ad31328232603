/**
 * What tfjs-node computes the long way round, as TensorFlow does it by itself. The gradient of a ReLU is
 * two operations and more in tfjs, which asks where its input is above 0 (the kernel Step: five
 * operations, on tensors of ones and zeros that it fills on the host) and multiplies; TensorFlow has one
 * for all. And of a gather it looks at every index on the host, before TensorFlow looks at it again: of a
 * hundred thousand anchors each.
 */
import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../src/engine/kernels/replaceKernel.ts';
import { type NodeBackend, tensorflow } from './tensorflow.ts';

const BACKEND = 'tensorflow';
const replaced = new WeakSet<Kernel>();

type Kernel = Parameters<typeof tf.registerKernel>[0]['kernelFunc'];
type KernelArguments = Parameters<Kernel>[0];

/** Has them computed so; does nothing where that backend is not loaded, and when it is called again. */
export function registerTensorflowKernels(): void {
  const usual = tf.getKernel('GatherV2', BACKEND);
  if (!usual || replaced.has(usual.kernelFunc)) return;
  const kernelFunc: Kernel = (call) => gather(call, usual.kernelFunc);
  replaced.add(kernelFunc);
  replaceKernel('GatherV2', BACKEND, kernelFunc);
  // Gradients are of all backends; the usual one stays for the others.
  const relu = tf.getGradient('Relu');
  if (relu) tf.registerGradient({ ...relu, gradFunc: reluGradient(relu.gradFunc) });
}

/** What comes from above where the input is above 0, and 0 elsewhere. */
function reluGradient(usual: tf.GradFunc): tf.GradFunc {
  return (dy, saved, attributes) => {
    const backend = tensorflow();
    if (!backend) return usual(dy, saved, attributes);
    const { TF_ATTR_TYPE: type, TF_FLOAT: value } = backend.binding;
    const inputs = [dy, saved[0]] as tf.Tensor[];
    const x = () => backend.executeSingleOutput('ReluGrad', [{ name: 'T', type, value }], inputs);
    return { x };
  };
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
