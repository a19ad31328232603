/**
 * The heads under training: tfjs variables, and the means and deviations of what they see over all
 * crops, so that each feature weighs alike at the start. These are folded into the hidden layer when
 * the model is written: the app's core knows nothing of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HeadKind } from '../../src/core/classification/config.ts';
import { headLayers } from '../../src/core/classification/head.ts';
import { normalArray, seededRandom } from '../detector/random.ts';
import type { TensorData } from '../readers/safetensors.ts';
import type { LearningWeights } from '../trainingLoop.ts';
import { numbersOf, restoreVariables, tensorFrom } from '../variables.ts';
import type { ClassifierTraining } from './config.ts';
import type { TrainingRows } from './rows.ts';

/** Features that never change are divided by this. */
const LEAST_DEVIATION = 1e-2;

export class ClassifierWeights implements LearningWeights {
  readonly trained = new Map<string, tf.Variable>();
  /** of each kind: the mean and the deviation of every input, `[inputs]` */
  private readonly moments = new Map<string, tf.Tensor>();

  /** @param outputs classes and background */
  constructor(
    private readonly config: Pick<ClassifierTraining, 'kinds' | 'head' | 'seed'>,
    inputs: number,
    outputs: number,
  ) {
    const units = config.head.hidden;
    for (const kind of config.kinds) {
      const { hidden, score } = headLayers(kind);
      // Both kinds begin with the same weights: what differs in the end is what they saw.
      this.add(hidden, [inputs, units], Math.sqrt(2 / inputs), seededRandom(config.seed, 1000));
      this.add(score, [units, outputs], 0.01, seededRandom(config.seed, 1001));
      this.moments.set(`${kind}/mean`, tf.zeros([inputs]));
      this.moments.set(`${kind}/deviation`, tf.ones([inputs]));
    }
  }

  private add(
    layer: string,
    shape: [number, number],
    deviation: number,
    random: () => number,
  ): void {
    const kernel = normalArray(shape[0] * shape[1], deviation, random);
    const values = { kernel: tf.tensor2d(kernel, shape), bias: tf.zeros([shape[1]]) };
    for (const [part, value] of Object.entries(values)) {
      this.trained.set(`${layer}/${part}`, tf.variable(value, true));
      value.dispose();
    }
  }

  /** Takes means and deviations from all rows. */
  measure({ count, inputs, features }: TrainingRows): void {
    for (const [kind, rows] of features) {
      const [sum, squares] = [new Float64Array(inputs), new Float64Array(inputs)];
      for (let at = 0; at < rows.length; at++) {
        const value = rows[at] as number;
        const column = at % inputs;
        sum[column] = (sum[column] as number) + value;
        squares[column] = (squares[column] as number) + value * value;
      }
      const mean = Float32Array.from(sum, (value) => value / count);
      const deviation = Float32Array.from(squares, (square, column) => {
        const variance = square / count - (mean[column] as number) ** 2;
        return Math.max(LEAST_DEVIATION, Math.sqrt(Math.max(0, variance)));
      });
      this.set(`${kind}/mean`, tf.tensor1d(mean));
      this.set(`${kind}/deviation`, tf.tensor1d(deviation));
    }
  }

  private set(name: string, value: tf.Tensor): void {
    this.moments.get(name)?.dispose();
    this.moments.set(name, value);
  }

  /** Features as the variables see them. */
  standardised(features: tf.Tensor2D, kind: HeadKind): tf.Tensor2D {
    const [mean, deviation] = this.momentsOf(kind);
    return tf.tidy(() => tf.div(tf.sub(features, mean), deviation));
  }

  private momentsOf(kind: HeadKind): [mean: tf.Tensor, deviation: tf.Tensor] {
    const get = (part: string) => this.moments.get(`${kind}/${part}`) as tf.Tensor;
    return [get('mean'), get('deviation')];
  }

  rateOf(): number {
    return 1;
  }

  state(): Promise<Map<string, TensorData>> {
    return numbersOf([...this.trained, ...this.moments]);
  }

  restore(state: ReadonlyMap<string, TensorData>): void {
    restoreVariables(this.trained, state);
    for (const name of this.moments.keys()) this.set(name, tensorFrom(state, name));
  }

  /** As the app's core takes them, means and deviations folded in; the caller's to dispose. */
  exported(): Map<string, tf.Tensor> {
    const exported = new Map<string, tf.Tensor>();
    for (const [name, variable] of this.trained) exported.set(name, tf.clone(variable));
    for (const kind of this.config.kinds) {
      const [mean, deviation] = this.momentsOf(kind);
      const { hidden } = headLayers(kind);
      const names = { kernel: `${hidden}/kernel`, bias: `${hidden}/bias` };
      const folded = tf.tidy(() => {
        const kernel = tf.div(exported.get(names.kernel) as tf.Tensor, tf.expandDims(deviation, 1));
        const shift = tf.squeeze(tf.matMul(tf.expandDims(mean, 0), kernel as tf.Tensor2D), [0]);
        return { kernel, bias: tf.sub(exported.get(names.bias) as tf.Tensor, shift) };
      });
      for (const part of ['kernel', 'bias'] as const) {
        exported.get(names[part])?.dispose();
        exported.set(names[part], folded[part]);
      }
    }
    return exported;
  }

  /** Frees the variables and what was measured. */
  dispose(): void {
    tf.dispose([...this.trained.values(), ...this.moments.values()]);
  }
}
