/**
 * The weights of a detector under training: tfjs variables for what learns, tensors for what does
 * not, all by the names the core knows. The features that the fresh heads see are scaled to unit
 * size per channel by constants measured at the start (VGG16's channels differ a thousandfold);
 * when the model is written, the scales are folded into the kernels that read them.
 *
 * Batch normalisation after block 5 (Krishna and Jawahar 2017, section 4), between conv5_3 and its
 * ReLU, normalises with fixed statistics of the training data: a single photo's are too noisy. Its
 * gamma and beta are learned in units of the standard deviation, and it is at all times folded into
 * conv5_3, by ops that have gradients: the network's own code never sees it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { cropChannels } from '../../src/core/detection/roiHeads.ts';
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

/** Statistics of conv5_3 before its ReLU, over the training data. */
const MOMENTS = ['bn5/mean', 'bn5/deviation'] as const;
const BN_EPSILON = 1e-3;

/** The weights of a model that a run starts from. */
export interface StartWeights {
  readonly weights: ReadonlyMap<string, tf.Tensor>;
  readonly classes: readonly { readonly name: string }[];
}

/** Name, shape and spread of every fresh kernel; biases start at 0. */
export function headShapes(
  config: TrainingConfig,
): [name: string, shape: number[], deviation: number][] {
  const { rpnChannels, roiChannels, fcUnits, classes, detector } = config;
  const anchors = detector.rpn.anchorSizes.length * detector.rpn.aspectRatios.length;
  const flat = detector.roiHeads.outputSize ** 2 * cropChannels(roiChannels, detector.roiHeads);
  const rpnInputs = { conv3_3: 256, conv4_3: 512, conv5_3: 512, fused: roiChannels }[
    detector.rpn.tap
  ];
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

/** Focal loss starts from the belief that an anchor covers an object in one of a hundred cases. */
const RARE = -Math.log(99);

export class TrainingWeights {
  /** everything by name: frozen trunk tensors, trained variables and scales */
  readonly all = new Map<string, tf.Tensor>();
  readonly trained = new Map<string, tf.Variable>();
  private readonly borrowed: ReadonlySet<tf.Tensor>;

  /**
   * @param trunk the frozen trunk's weights by name; stays the caller's
   */
  constructor(
    private readonly config: TrainingConfig,
    trunk: ReadonlyMap<string, tf.Tensor>,
  ) {
    this.borrowed = new Set(trunk.values());
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
      const bias = name === 'rpn_cls_logits' && config.rpnLoss === 'focal' ? RARE : 0;
      this.addVariable(`${name}/bias`, tf.fill([shape.at(-1) as number], bias));
    });
    for (const scale of SCALE_NAMES) {
      this.all.set(scale, tf.ones([1]));
    }
    if (config.batchNorm) {
      this.addVariable('bn5/gamma', tf.ones([TRUNK_CHANNELS]));
      this.addVariable('bn5/beta', tf.zeros([TRUNK_CHANNELS]));
      this.all.set('bn5/mean', tf.zeros([TRUNK_CHANNELS]));
      this.all.set('bn5/deviation', tf.ones([TRUNK_CHANNELS]));
    }
  }

  /** The trunk as it computes now: batch-norm folded into conv5_3. Call it inside a tidy or a tape. */
  trunk(): ReadonlyMap<string, tf.Tensor> {
    if (!this.config.batchNorm) return this.all;
    const get = (name: string) => this.all.get(name) as tf.Tensor;
    const [gamma, beta, mean, deviation] = ['gamma', 'beta', 'mean', 'deviation'].map((name) =>
      get(`bn5/${name}`),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    // ((w x + b) - mean) / deviation * (gamma * deviation) + mean + beta * deviation
    const centred = tf.mul(tf.sub(get('conv5_3/bias'), mean), gamma);
    return new Map([
      ...this.all,
      ['conv5_3/kernel', tf.mul(get('conv5_3/kernel'), gamma)],
      ['conv5_3/bias', tf.add(tf.add(centred, mean), tf.mul(beta, deviation))],
    ]);
  }

  /** Sets batch-norm's statistics from the moments of conv5_3 before its ReLU; it is the identity then. */
  setMoments(mean: Float32Array, meanSquare: Float32Array): void {
    if (!this.config.batchNorm) return;
    const deviation = meanSquare.map((square, i) =>
      Math.sqrt(Math.max(0, square - (mean[i] as number) ** 2) + BN_EPSILON),
    );
    tf.dispose(MOMENTS.map((name) => this.all.get(name) as tf.Tensor));
    this.all.set('bn5/mean', tf.tensor1d(mean));
    this.all.set('bn5/deviation', tf.tensor1d(deviation));
  }

  /** Takes conv5 from another model, where it is trained at all. */
  startTrunk({ weights }: StartWeights): void {
    for (const [name, variable] of this.trained) {
      const value = name.startsWith('conv5') ? weights.get(name) : undefined;
      if (value) variable.assign(value);
    }
  }

  /**
   * Takes the heads from another model, after the scales are known: what has the same shape, and of
   * class scores and deltas the columns of the classes that both know. The rest stays fresh, and so
   * does an RPN that is trained alone.
   */
  startHeads({ weights, classes }: StartWeights): void {
    for (const [name, variable] of this.trained) {
      const value = weights.get(name);
      if (!value || name.startsWith('conv')) continue;
      if (this.config.trainRoiHeads === false && name.startsWith('rpn')) continue;
      const [layer = ''] = name.split('/');
      tf.tidy(() => {
        if (layer === 'cls_score' || layer === 'bbox_pred') {
          const width = layer === 'cls_score' ? 1 : 4;
          const both = tf.concat([value, variable], value.rank - 1);
          const columns = this.startColumns(classes, width);
          variable.assign(tf.gather(both, columns, value.rank - 1));
          return;
        }
        const scale = SCALED_INPUTS[layer as keyof typeof SCALED_INPUTS];
        const unfolded =
          scale && name.endsWith('/kernel')
            ? tf.div(value, tf.reshape(this.all.get(scale) as tf.Tensor, [1, 1, -1, 1]))
            : value;
        if (tf.util.arraysEqual(unfolded.shape, variable.shape)) variable.assign(unfolded);
      });
    }
  }

  /** For each of our outputs the other model's, and our own, which are behind those, for classes it lacks. */
  private startColumns(classes: StartWeights['classes'], width: number): number[] {
    const theirs = this.config.classes.map(({ name }) => {
      return classes.findIndex((other) => other.name === name);
    });
    const rows = [-1, ...theirs].map((row, own) => {
      return row >= 0 || own === 0 ? row + 1 : classes.length + 1 + own;
    });
    return rows.flatMap((row) => Array.from({ length: width }, (_, k) => width * row + k));
  }

  /** What gradients are wanted of. */
  learning(): tf.Variable[] {
    const all = [...this.trained];
    const some =
      this.config.trainRoiHeads === false ? all.filter(([name]) => name.startsWith('rpn')) : all;
    return some.map(([, variable]) => variable);
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

  /** What is measured at the start and does not learn. */
  private constants(): readonly string[] {
    return [...SCALE_NAMES, ...(this.config.batchNorm ? MOMENTS : [])];
  }

  /** Everything that a checkpoint must hold. */
  async state(): Promise<Map<string, TensorData>> {
    const state = new Map<string, TensorData>();
    const names = [...this.trained.keys(), ...this.constants()];
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
    for (const name of this.constants()) {
      this.all.get(name)?.dispose();
      this.all.set(name, take(name));
    }
  }

  /** The weights that this run made, with scales and batch-norm folded in, as the app's core reads them. */
  async folded(): Promise<Map<string, TensorData>> {
    const result = new Map<string, TensorData>();
    for (const [name, variable] of this.trained) {
      if (name.startsWith('bn5')) continue;
      if (name.startsWith('conv5_3')) {
        const folded = tf.tidy(() => tf.clone(this.trunk().get(name) as tf.Tensor));
        result.set(name, { shape: folded.shape, data: (await folded.data()) as Float32Array });
        folded.dispose();
        continue;
      }
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

  /** Frees what was made here; the trunk's own tensors stay. */
  dispose(): void {
    for (const tensor of this.all.values()) {
      if (!this.borrowed.has(tensor)) tensor.dispose();
    }
  }

  /** A share of the learning rate for the variable: the trunk learns more slowly. */
  rateOf(name: string): number {
    return name.startsWith('conv') ? this.config.trunkRate : 1;
  }
}
