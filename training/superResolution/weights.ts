/**
 * The weights of a RED-Net under training: tfjs variables, all kernels as those of convolutions, in
 * units of 0..1. Steps of the optimizers are the same for a kernel and for the same kernel turned, so
 * it makes no difference that transposed convolutions are learned as convolutions. When the model
 * is written, they are turned back, and biases become levels of 0..255: ReLU networks are homogeneous.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  foldTransposed,
  type RedNetConfig,
  redNetLayers,
} from '../../src/core/superResolution/redNet.ts';
import { normalArray, seededRandom } from '../detector/random.ts';
import type { TensorData } from '../readers/safetensors.ts';
import type { LearningWeights } from '../trainingLoop.ts';
import { numbersOf, restoreVariables } from '../variables.ts';

/** Values of 0..255 are learned as values of 0..1. */
export const LEVELS = 255;

/** The last layer starts near 0: the network begins as bicubic interpolation. */
const LAST_DEVIATION = 1e-3;

export class RedNetWeights implements LearningWeights {
  readonly trained = new Map<string, tf.Variable>();

  constructor(
    private readonly network: RedNetConfig,
    seed: number,
  ) {
    redNetLayers(network).forEach(({ name, inputs, filters, relu }, index) => {
      const random = seededRandom(seed, 1000 + index);
      const deviation = relu ? Math.sqrt(2 / (9 * inputs)) : LAST_DEVIATION;
      const kernel = normalArray(9 * inputs * filters, deviation, random);
      this.add(`${name}/kernel`, tf.tensor(kernel, [3, 3, inputs, filters]));
      this.add(`${name}/bias`, tf.zeros([filters]));
    });
  }

  private add(name: string, value: tf.Tensor): void {
    this.trained.set(name, tf.variable(value, true));
    value.dispose();
  }

  rateOf(): number {
    return 1;
  }

  state(): Promise<Map<string, TensorData>> {
    return numbersOf(this.trained);
  }

  restore(state: ReadonlyMap<string, TensorData>): void {
    restoreVariables(this.trained, state);
  }

  /**
   * Begins with the values of a model of this network: what `exported` gives.
   */
  begin(model: ReadonlyMap<string, tf.Tensor>): void {
    for (const { name, transposed } of redNetLayers(this.network)) {
      const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
      const [from, levels] = [model.get(kernel) as tf.Tensor4D, model.get(bias) as tf.Tensor];
      tf.tidy(() => {
        this.trained.get(kernel)?.assign(transposed ? foldTransposed(from) : from);
        this.trained.get(bias)?.assign(tf.div(levels, LEVELS));
      });
    }
  }

  /** As `RedNet.build` and a model folder take them; the caller's to dispose. */
  exported(): Map<string, tf.Tensor> {
    const exported = new Map<string, tf.Tensor>();
    for (const { name, transposed } of redNetLayers(this.network)) {
      const [kernel, bias] = [`${name}/kernel`, `${name}/bias`];
      const value = this.trained.get(kernel) as tf.Tensor4D;
      exported.set(kernel, transposed ? foldTransposed(value) : tf.clone(value));
      exported.set(bias, tf.mul(this.trained.get(bias) as tf.Tensor, LEVELS));
    }
    return exported;
  }

  /** Frees the variables. */
  dispose(): void {
    tf.dispose([...this.trained.values()]);
  }
}
