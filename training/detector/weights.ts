/**
 * The weights of a detector under training: tfjs variables for what learns, tensors for what does
 * not, all by the names the core knows. The features that the fresh heads see are scaled to unit
 * size per channel by constants measured at the start (VGG16's channels differ a thousandfold);
 * when the model is written, the scales are folded into the kernels that read them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { VGG16_LAYERS } from '../../src/core/detection/vgg16.ts';
import type { TensorData } from '../readers/safetensors.ts';
import type { TrainingConfig } from './config.ts';
import { normalArray, seededRandom } from './random.ts';

/** Channels of conv4_3 and conv5_3. */
const TRUNK_CHANNELS = 512;

/** Which kernels read scaled features, and whose. */
const SCALED_INPUTS = {
  rpn_conv: 'rpn_scale',
  roi_lateral4: 'conv4_3_scale',
  roi_lateral5: 'conv5_3_scale',
} as const;

/** The constants that bring a tap's channels to unit size. */
export type ScaleName = (typeof SCALED_INPUTS)[keyof typeof SCALED_INPUTS];
const SCALE_NAMES: ReadonlySet<ScaleName> = new Set(Object.values(SCALED_INPUTS));

/** Name, shape and spread of every fresh kernel; biases start at 0. */
function headShapes(config: TrainingConfig): [name: string, shape: number[], deviation: number][] {
  const { rpnChannels, roiChannels, fcUnits, classes, detector } = config;
  const anchors = detector.rpn.anchorSizes.length * detector.rpn.aspectRatios.length;
  const flat = detector.roiHeads.outputSize ** 2 * roiChannels;
  const rpnInputs = detector.rpn.tap === 'conv3_3' ? 256 : TRUNK_CHANNELS;
  return [
    ['rpn_conv', [3, 3, rpnInputs, rpnChannels], Math.sqrt(2 / (9 * rpnInputs))],
    ['rpn_cls_logits', [1, 1, rpnChannels, anchors], 0.01],
    ['rpn_bbox_pred', [1, 1, rpnChannels, 4 * anchors], 0.01],
    ['roi_lateral4', [1, 1, TRUNK_CHANNELS, roiChannels], Math.sqrt(1 / TRUNK_CHANNELS)],
    ['roi_lateral5', [1, 1, TRUNK_CHANNELS, roiChannels], Math.sqrt(1 / TRUNK_CHANNELS)],
    ['fc6', [flat, fcUnits], Math.sqrt(2 / flat)],
    ['fc7', [fcUnits, fcUnits], Math.sqrt(2 / fcUnits)],
    ['cls_score', [fcUnits, classes.length + 1], 0.01],
    ['bbox_pred', [fcUnits, 4 * (classes.length + 1)], 0.001],
  ];
}

export class TrainingWeights {
  /** everything by name: frozen trunk tensors, trained variables and scales */
  readonly all = new Map<string, tf.Tensor>();
  readonly trained = new Map<string, tf.Variable>();

  /**
   * @param trunk the frozen trunk's weights by name; stays the caller's
   */
  constructor(
    private readonly config: TrainingConfig,
    trunk: ReadonlyMap<string, tf.Tensor>,
  ) {
    for (const { name } of VGG16_LAYERS) {
      for (const part of ['kernel', 'bias'] as const) {
        const full = `${name}/${part}`;
        const tensor = trunk.get(full);
        if (!tensor) throw new Error(`The trunk has no weights named "${full}".`);
        if (config.trainConv5 && name.startsWith('conv5')) this.addVariable(full, tf.clone(tensor));
        else this.all.set(full, tensor);
      }
    }
    headShapes(config).forEach(([name, shape, deviation], index) => {
      const random = seededRandom(config.seed, 1000 + index);
      const size = shape.reduce((product, side) => product * side, 1);
      this.addVariable(`${name}/kernel`, tf.tensor(normalArray(size, deviation, random), shape));
      this.addVariable(`${name}/bias`, tf.zeros([shape.at(-1) as number]));
    });
    for (const scale of SCALE_NAMES) {
      this.all.set(scale, tf.ones([1]));
    }
  }

  private addVariable(name: string, value: tf.Tensor): void {
    const variable = tf.variable(value, true);
    value.dispose();
    this.all.set(name, variable);
    this.trained.set(name, variable);
  }

  /** Sets the scale of a tap from the mean square of its channels over some photos. */
  setScale(name: ScaleName, meanSquare: Float32Array): void {
    this.all.get(name)?.dispose();
    this.all.set(name, tf.tensor1d(meanSquare.map((value) => 1 / Math.sqrt(value + 1))));
  }

  /** Everything that a checkpoint must hold. */
  async state(): Promise<Map<string, TensorData>> {
    const state = new Map<string, TensorData>();
    const names = [...this.trained.keys(), ...SCALE_NAMES];
    for (const name of names) {
      const tensor = this.all.get(name) as tf.Tensor;
      state.set(name, { shape: tensor.shape, data: (await tensor.data()) as Float32Array });
    }
    return state;
  }

  /** Takes back what `state` gave; throws an Error where something is missing or of another shape. */
  restore(state: ReadonlyMap<string, TensorData>): void {
    const take = (name: string) => {
      const entry = state.get(name);
      if (!entry) throw new Error(`The checkpoint holds no "${name}"; it is of another config.`);
      return tf.tensor(entry.data, [...entry.shape]);
    };
    for (const [name, variable] of this.trained) {
      const value = take(name);
      variable.assign(value);
      value.dispose();
    }
    for (const name of SCALE_NAMES) {
      this.all.get(name)?.dispose();
      this.all.set(name, take(name));
    }
  }

  /** The weights that this run made, with the scales folded in, as the app's core reads them. */
  async folded(): Promise<Map<string, TensorData>> {
    const result = new Map<string, TensorData>();
    for (const [name, variable] of this.trained) {
      const scale = SCALED_INPUTS[name.split('/')[0] as keyof typeof SCALED_INPUTS];
      if (!scale || name.endsWith('/bias')) {
        result.set(name, { shape: variable.shape, data: (await variable.data()) as Float32Array });
        continue;
      }
      const folded = tf.tidy(() =>
        tf.mul(variable, tf.reshape(this.all.get(scale) as tf.Tensor, [1, 1, -1, 1])),
      );
      result.set(name, { shape: folded.shape, data: (await folded.data()) as Float32Array });
      folded.dispose();
    }
    return result;
  }

  /** A share of the learning rate for the variable: the trunk learns more slowly. */
  rateOf(name: string): number {
    return name.startsWith('conv') ? this.config.trunkRate : 1;
  }
}
