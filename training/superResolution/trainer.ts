/**
 * The training of RED-Net: batch after batch of patches, in the loop that all training shares, with a
 * look at held-out pictures every so many steps.
 */
import * as tf from '@tensorflow/tfjs-core';
import { LUMA_MEAN, RedNet, redNetResidual } from '../../src/core/superResolution/redNet.ts';
import { type LoopOptions, type Outcome, runTraining } from '../trainingLoop.ts';
import type { SrConfig } from './config.ts';
import type { Batch, PatchSource } from './patches.ts';
import { readLuma, scoreUpscaling, squareInside } from './scoring.ts';
import { LEVELS, type RedNetWeights } from './weights.ts';

export interface SrLosses {
  /** what is made smaller, per pixel, in units of 0..1 */
  readonly loss: number;
  /** mean squared error in units of 0..1, of the network and of bicubic interpolation */
  readonly network: number;
  readonly bicubic: number;
}

/** PSNR on held-out pictures at one scale, in decibels. */
export interface ValidationScore {
  readonly scale: number;
  readonly psnr: number;
  readonly bicubic: number;
}

export interface SrTrainerOptions extends LoopOptions<SrLosses> {
  readonly config: SrConfig;
  readonly weights: RedNetWeights;
  readonly patches: PatchSource;
  /** pictures that are held out */
  readonly validation: readonly string[];
  /** hears of every look at them */
  readonly onValidation: (step: number, scores: readonly ValidationScore[]) => void;
}

/**
 * Trains until the config's iterations are done or it is told to stop.
 * @throws UserError as `runTraining`, and when a picture cannot be used
 */
export async function trainRedNet(options: SrTrainerOptions): Promise<Outcome<SrLosses>> {
  const { config, weights, patches } = options;
  const look = async (step: number) =>
    options.onValidation(step, await validate(config, weights, options.validation));
  const outcome = await runTraining<SrLosses, SrConfig>({
    ...options,
    takeStep: async (step) => {
      if (step > 0 && step % config.validation.steps === 0) await look(step);
      const batch = await patches.batch(step);
      const result = await srStep(config, weights, batch);
      tf.dispose([batch.bicubic, batch.truth]);
      return { ...result, seen: `its batch of ${config.batch} patches` };
    },
  });
  if (outcome.finished) await look(outcome.step);
  return outcome;
}

/**
 * One step: the network learns what bicubic interpolation lacks.
 *
 * @returns the losses, and the gradients by variable name, the caller's to dispose
 */
export async function srStep(
  { network, loss }: Pick<SrConfig, 'network' | 'loss'>,
  weights: Pick<RedNetWeights, 'trained'>,
  { bicubic, truth }: Batch,
): Promise<{ losses: SrLosses; gradients: tf.NamedTensorMap }> {
  const variables = [...weights.trained.values()];
  const { value, grads, errors } = tf.tidy(() => {
    const input = tf.div(tf.sub(bicubic, LUMA_MEAN), LEVELS) as tf.Tensor4D;
    const lacking = tf.div(tf.sub(truth, bicubic), LEVELS);
    let squared: tf.Scalar | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const error = tf.sub(redNetResidual(network, weights.trained, input), lacking);
      const square = tf.mean(tf.square(error)) as tf.Scalar;
      squared = tf.keep(tf.clone(square));
      return loss === 'l2' ? square : (tf.mean(tf.abs(error)) as tf.Scalar);
    }, variables);
    const errors = tf.stack([value, squared as tf.Scalar, tf.mean(tf.square(lacking))]);
    squared?.dispose();
    return { value, grads, errors };
  });
  const [loss_, ofNetwork, ofBicubic] = (await errors.data()) as unknown as [
    number,
    number,
    number,
  ];
  tf.dispose([value, errors]);
  return { losses: { loss: loss_, network: ofNetwork, bicubic: ofBicubic }, gradients: grads };
}

/** Scores the network and bicubic interpolation on the middle of the held-out pictures. */
export async function validate(
  { network, validation }: Pick<SrConfig, 'network' | 'validation'>,
  weights: RedNetWeights,
  paths: readonly string[],
): Promise<ValidationScore[]> {
  const exported = weights.exported();
  const redNet = RedNet.build(network, exported);
  try {
    const scores = network.scales.map((scale) => ({ scale, psnr: 0, bicubic: 0 }));
    for (const path of paths) {
      const square = squareInside(await readLuma(path), validation.side);
      for (const score of scores) {
        score.psnr += (await scoreUpscaling(square, score.scale, redNet)).psnr / paths.length;
        score.bicubic += (await scoreUpscaling(square, score.scale)).psnr / paths.length;
      }
    }
    return scores;
  } finally {
    redNet.dispose();
    tf.dispose([...exported.values()]);
  }
}
