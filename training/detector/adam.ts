/**
 * Adam (Kingma and Ba 2015), the step of one weight, in two ways. By tfjs's operations it is a dozen
 * passes over memory: for the seventeen million weights of an end-to-end training an eighth of the
 * time. TensorFlow has all of it as one operation, on resources: places that hold a tensor and change
 * it where it lies.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NodeBackend } from '../tensorflow.ts';

/** A weight with its running means of the gradient and of the gradient's square. */
export type AdamTensors = readonly [weight: tf.Tensor, mean: tf.Tensor, square: tf.Tensor];

export interface AdamSettings {
  /** both with the correction for the running values' zero start */
  readonly rate: number;
  readonly epsilon: number;
  readonly beta1: number;
  readonly beta2: number;
}

/** One step of one weight, on any engine; what it is given stays. */
export function plainAdam(
  [weight, mean, square]: AdamTensors,
  gradient: tf.Tensor,
  { rate, beta1, beta2, epsilon }: AdamSettings,
): AdamTensors {
  const newMean = tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1));
  const newSquare = tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const move = tf.div(tf.mul(newMean, rate), tf.add(tf.sqrt(newSquare), epsilon));
  return [tf.sub(weight, move), newMean, newSquare];
}

/** The name by which TensorFlow knows that a resource is to be a new one, without a name. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/**
 * The same as one operation. Weights and running values stay ordinary tensors between the steps: each
 * is moved into a resource, changed there and handed out again. TensorFlow copies what somebody else
 * still holds, so that a tensor that was read before never changes behind its reader's back.
 */
export class FusedAdam {
  private readonly places: readonly number[];

  constructor(private readonly backend: NodeBackend) {
    const { binding } = backend;
    const attributes = [
      this.floats,
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [] },
      { name: 'shared_name', type: binding.TF_ATTR_STRING, value: ANONYMOUS },
    ];
    this.places = [0, 1, 2].map(
      () => binding.executeOp('VarHandleOp', attributes, [], 1)[0]?.id ?? 0,
    );
  }

  /**
   * One step of one weight. Call it in a tidy.
   * @param tensors disposed of: they are where the result is computed
   * @returns weight and running values after the step
   */
  apply(tensors: AdamTensors, gradient: tf.Tensor, settings: AdamSettings): AdamTensors {
    const { backend, places, floats } = this;
    const { binding } = backend;
    tensors.forEach((tensor, at) => {
      const [id] = backend.getInputTensorIds([tensor]) as [number];
      binding.executeOp('AssignVariableOp', [floats], [places[at] as number, id], 0);
      tensor.dispose();
    });
    const { rate, beta1, beta2, epsilon } = settings;
    // The first two are beta1 and beta2 to the power of the step; with 0 TensorFlow takes the rate as it is.
    const numbers = [0, 0, rate, beta1, beta2, epsilon].map((value) => tf.scalar(value));
    const inputs = [...places, ...backend.getInputTensorIds([...numbers, gradient])];
    binding.executeOp('ResourceApplyAdam', [{ ...floats, name: 'T' }], inputs, 0);
    const read = (place: number) =>
      backend.createOutputTensor(
        binding.executeOp('ReadVariableOp', [floats], [place], 1)[0] as object,
      );
    return places.map(read) as unknown as AdamTensors;
  }

  /** Frees the places. */
  dispose(): void {
    const { binding } = this.backend;
    for (const place of this.places) {
      binding.executeOp('DestroyResourceOp', [], [place], 0);
      binding.deleteTensor(place);
    }
  }

  private get floats() {
    const { TF_ATTR_TYPE, TF_FLOAT } = this.backend.binding;
    return { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT };
  }
}
