/**
 * The training loop: turn after turn, with a line of progress, a checkpoint every so many minutes
 * and at the end, and an exact resume. It knows nothing of files other than checkpoints; the
 * command puts data, trunk and cache together.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { RPN_STRIDES } from '../../src/core/detection/rpn.ts';
import type { Tap } from '../../src/core/detection/vgg16.ts';
import { UserError } from '../console.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { TrainingConfig } from './config.ts';
import type { TurnOrder } from './dataset.ts';
import { type FeatureCache, neededTaps, stepTaps } from './features.ts';
import { LossLog, type LossPoint, MeanLosses } from './lossLog.ts';
import { learningRate, makeOptimizer, type Optimizer } from './optimizer.ts';
import { seededRandom } from './random.ts';
import { rpnStep } from './rpnStep.ts';
import { conv5, conv5BeforeRelu, type Losses, trainingStep } from './step.ts';
import { chooseView } from './views.ts';
import type { StartWeights, TrainingWeights } from './weights.ts';

/** On a slow engine a line of progress comes at least this often. */
const REPORT_EVERY_MS = 30_000;

/** Photos whose features set the scales of the heads' inputs. */
const SCALE_PHOTOS = 16;

export interface TrainerOptions {
  readonly config: TrainingConfig;
  readonly weights: TrainingWeights;
  readonly order: TurnOrder;
  readonly cache: FeatureCache;
  readonly checkpoints: string;
  /** the weights that a fresh run begins with, as far as they fit */
  readonly startFrom?: StartWeights;
  readonly minutesBetweenCheckpoints: number;
  /** called every so often with running means */
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly stepsBetweenReports: number;
  /** asked before every step; true ends the session with a checkpoint */
  readonly shouldStop: () => boolean;
}

export interface TrainingProgress {
  /** steps done */
  readonly step: number;
  readonly losses: Losses;
  readonly rate: number;
  readonly stepsPerSecond: number;
  readonly secondsLeft: number;
}

export interface TrainingOutcome {
  readonly step: number;
  readonly finished: boolean;
  /** of training, over all sessions */
  readonly seconds: number;
  /** that a step took in this session, on average; undefined where it took none */
  readonly stepSeconds: number | undefined;
  /** the means along the way, thinned */
  readonly losses: readonly LossPoint[];
}

/**
 * Trains until the config's iterations are done or it is told to stop.
 * @throws UserError when a loss is not finite, naming the step and the photo, and when a photo
 * cannot be read; what was learned until then is kept
 */
export async function train(options: TrainerOptions): Promise<TrainingOutcome> {
  const optimizer = makeOptimizer(options.config.optimizer);
  try {
    return await trainWith(optimizer, options);
  } finally {
    optimizer.dispose();
  }
}

async function trainWith(optimizer: Optimizer, options: TrainerOptions): Promise<TrainingOutcome> {
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
  const checkpoint = readCheckpoint(options.checkpoints, config);
  let step = checkpoint?.step ?? 0;
  const log = new LossLog(config.iterations, checkpoint?.losses);
  const secondsBefore = checkpoint?.seconds ?? 0;
  if (checkpoint) {
    weights.restore(checkpoint.tensors);
    optimizer.restore(checkpoint.tensors);
  } else {
    await measureInputs(options);
  }
  const firstStep = step;
  const started = Date.now();
  const seconds = () => secondsBefore + (Date.now() - started) / 1000;
  const save = async () =>
    writeCheckpoint(options.checkpoints, {
      step,
      config,
      seconds: seconds(),
      losses: log.state,
      tensors: new Map([...(await weights.state()), ...(await optimizer.state())]),
    });

  const takeStep = config.trainRoiHeads === false ? rpnStep : trainingStep;
  const meter = new Meter(options.stepsBetweenReports);
  let saved = Date.now();
  while (step < config.iterations && !options.shouldStop()) {
    const turn = order.turn(step);
    const { photo } = turn;
    const view = chooseView(turn, config);
    const features = await cache.get(photo, view, taps).catch(async (error: unknown) => {
      await save();
      throw error;
    });
    const random = seededRandom(config.seed, step);
    const result = await takeStep(config, weights, anchorGenerator, photo, view, features, random);
    tf.dispose(features as tf.NamedTensorMap);
    const finite = Object.values(result.losses).every(Number.isFinite);
    if (finite) {
      optimizer.apply(weights.trained, result.gradients, learningRate(config, step), (name) =>
        weights.rateOf(name),
      );
    }
    tf.dispose(result.gradients);
    if (!finite) {
      throw new UserError(
        `The loss is no longer a finite number at step ${step + 1}, on ${photo.key}; ` +
          'start again with a lower learning rate and another --checkpoints folder.',
      );
    }
    step++;
    log.add(step, result.losses);
    meter.add(result.losses);
    if (meter.full || step === config.iterations) {
      options.onProgress(meter.report(step, learningRate(config, step), config.iterations));
    }
    if (Date.now() - saved > options.minutesBetweenCheckpoints * 60_000) {
      await save();
      saved = Date.now();
    }
  }
  const taken = step - firstStep;
  const stepSeconds = taken > 0 ? (Date.now() - started) / 1000 / taken : undefined;
  await save();
  const finished = step >= config.iterations;
  return { step, finished, seconds: seconds(), stepSeconds, losses: log.points };
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

/** Running means of the losses and the speed since the last report. */
class Meter {
  private readonly mean = new MeanLosses();
  private since = Date.now();

  constructor(private readonly size: number) {}

  get full(): boolean {
    return this.mean.count >= this.size || Date.now() - this.since > REPORT_EVERY_MS;
  }

  add(losses: Losses): void {
    this.mean.add(losses);
  }

  report(step: number, rate: number, iterations: number): TrainingProgress {
    const seconds = Math.max(1e-3, (Date.now() - this.since) / 1000);
    const stepsPerSecond = this.mean.count / seconds;
    this.since = Date.now();
    return {
      step,
      losses: this.mean.take(),
      rate,
      stepsPerSecond,
      secondsLeft: (iterations - step) / stepsPerSecond,
    };
  }
}
