/**
 * The training of a detector, turn after turn, in the loop that all training shares. It knows
 * nothing of files other than checkpoints; the command puts data, trunk and cache together.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { RPN_STRIDES } from '../../src/core/detection/rpn.ts';
import type { Tap } from '../../src/core/detection/vgg16.ts';
import { UserError } from '../console.ts';
import { type LoopOptions, type Outcome, type Progress, runTraining } from '../trainingLoop.ts';
import type { TrainingConfig } from './config.ts';
import type { TurnOrder } from './dataset.ts';
import { type FeatureCache, neededTaps, stepTaps } from './features.ts';
import { seededRandom } from './random.ts';
import { rpnStep } from './rpnStep.ts';
import { conv5, conv5BeforeRelu, type Losses, trainingStep } from './step.ts';
import { chooseView } from './views.ts';
import type { StartWeights, TrainingWeights } from './weights.ts';

/** Photos whose features set the scales of the heads' inputs. */
const SCALE_PHOTOS = 16;

export interface TrainerOptions extends LoopOptions<Losses> {
  readonly config: TrainingConfig;
  readonly weights: TrainingWeights;
  readonly order: TurnOrder;
  readonly cache: FeatureCache;
  /** the weights that a fresh run begins with, as far as they fit */
  readonly startFrom?: StartWeights;
}

export type TrainingProgress = Progress<Losses>;
export type TrainingOutcome = Outcome<Losses>;

/**
 * Trains until the config's iterations are done or it is told to stop.
 * @throws UserError when a loss is not finite, naming the step and the photo, and when a photo
 * cannot be read; what was learned until then is kept
 */
export async function train(options: TrainerOptions): Promise<TrainingOutcome> {
  const { config, weights, order, cache } = options;
  if (config.trainRoiHeads === false && (config.trainConv5 || !options.startFrom)) {
    throw new UserError(
      'An RPN that is trained alone needs a model to start from and a frozen conv5: give the config "startFrom" and "trainConv5": false.',
    );
  }
  const taps = stepTaps(config);
  const { rpn } = config.detector;
  const anchorGenerator = new AnchorGenerator(
    { sizes: rpn.anchorSizes, aspectRatios: rpn.aspectRatios },
    RPN_STRIDES[rpn.tap],
  );
  const lossesOf = config.trainRoiHeads === false ? rpnStep : trainingStep;
  return runTraining({
    ...options,
    prepare: () => measureInputs(options),
    takeStep: async (step) => {
      const turn = order.turn(step);
      const { photo } = turn;
      const view = chooseView(turn, config);
      const features = await cache.get(photo, view, taps);
      const random = seededRandom(config.seed, step);
      const result = await lossesOf(
        config,
        weights,
        anchorGenerator,
        photo,
        view,
        features,
        random,
      );
      tf.dispose(features as tf.NamedTensorMap);
      return { ...result, seen: photo.key };
    },
  });
}

/**
 * Looks at the first photos before a fresh run: the heads' inputs get unit size, and batch-norm
 * its statistics. Weights to start from come in between, for batch-norm describes their conv5.
 */
async function measureInputs(options: TrainerOptions): Promise<void> {
  const { config, weights, order, cache, startFrom } = options;
  if (startFrom) weights.startTrunk(startFrom);
  const taps = neededTaps(config);
  const { tap } = config.detector.rpn;
  const squares = { conv3_3: [], conv4_3: [], conv5_3: [] } as Record<Tap, tf.Tensor[]>;
  const moments = { mean: [] as tf.Tensor[], square: [] as tf.Tensor[] };
  const photos = Math.min(SCALE_PHOTOS, order.turnsPerEpoch);
  const meanOf = (x: tf.Tensor) => tf.mean(x, [0, 1, 2]);
  for (let index = 0; index < photos; index++) {
    const turn = order.turn(index);
    const features = await cache.get(turn.photo, chooseView(turn, config), taps);
    const { conv3_3 } = features;
    const conv4_3 = features.conv4_3 as tf.Tensor4D;
    const conv5_3 = features.conv5_3 ?? tf.tidy(() => conv5(weights, conv4_3));
    for (const [name, x] of Object.entries({ conv3_3, conv4_3, conv5_3 })) {
      if (x) squares[name as Tap].push(tf.tidy(() => meanOf(tf.square(x))));
    }
    if (config.batchNorm) {
      const [mean, square] = tf.tidy(() => {
        const before = conv5BeforeRelu(weights, conv4_3);
        return [meanOf(before), meanOf(tf.square(before))];
      }) as [tf.Tensor, tf.Tensor];
      moments.mean.push(mean);
      moments.square.push(square);
    }
    tf.dispose({ ...features, conv5_3 } as tf.NamedTensorMap);
  }
  const average = async (list: tf.Tensor[]) => {
    const mean = tf.tidy(() => tf.div(tf.addN(list), list.length));
    const values = (await mean.data()) as Float32Array;
    tf.dispose([mean, ...list]);
    return values;
  };
  const scales = {
    ...(taps.includes('conv3_3') && { conv3_3: await average(squares.conv3_3) }),
    conv4_3: await average(squares.conv4_3),
    conv5_3: await average(squares.conv5_3),
  };
  weights.setScale('conv4_3_scale', scales.conv4_3);
  weights.setScale('conv5_3_scale', scales.conv5_3);
  if (tap !== 'fused') weights.setScale('rpn_scale', scales[tap] as Float32Array);
  if (config.batchNorm) {
    weights.setMoments(await average(moments.mean), await average(moments.square));
  }
  if (startFrom) weights.startHeads(startFrom);
}
