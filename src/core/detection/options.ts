/** What may be asked of a detection, and what it tells on its way. */
import type * as tf from '@tensorflow/tfjs-core';
import type { DetectionOptions } from './roiHeads.ts';
import type { ProposalOptions } from './rpn.ts';
import type { KeptAnswer } from './rpnAnswer.ts';
import type { DetectionTrace } from './trace.ts';
import type { WorkingPicture } from './transform.ts';
import type { CancelToken, Picture, StageName } from './types.ts';

export interface DetectOptions extends Partial<DetectionOptions> {
  readonly proposals?: Partial<ProposalOptions>;
  /** another working size than the model's own, in pixels of the long side */
  readonly workingSize?: number;
  readonly signal?: CancelToken;
  /** shown the first stage of every pass before its proposals are chosen */
  readonly onFirstStage?: (stage: FirstStage) => void;
  /** empty; is filled with what the run saw, and its owner's to dispose of whatever becomes of the run */
  readonly trace?: DetectionTrace;
  /** told the name of a stage whenever a part of it ends: a stage of several passes has several */
  readonly onStage?: (name: StageName) => void;
  /** awaited between layers, with the share of the run that is done (0..1): the moment to breathe */
  readonly onProgress?: (fraction: number) => Promise<void> | void;
}

/** What a pass saw and its RPN said: all that choosing other proposals needs, without another pass. */
export interface FirstStage {
  /** what the pass looked at */
  readonly picture: Picture;
  readonly working: Omit<WorkingPicture, 'data'>;
  /** disposed of after the call, as `answer` is: whoever wants to keep it clones it */
  readonly conv5_3: tf.Tensor4D;
  readonly answer: KeptAnswer;
}

/** The shares of a run that precede the RoI heads; the trunk is nearly all of the arithmetic. */
export const TRUNK_SHARE = 0.85;
export const PROPOSALS_SHARE = 0.93;

/** A moment for the caller: to show how far it is, to breathe, or to stop. */
export async function breathe(
  { onProgress, signal }: Pick<DetectOptions, 'onProgress' | 'signal'>,
  fraction: number,
): Promise<void> {
  await onProgress?.(fraction);
  signal?.throwIfAborted();
}

/** The detection options that were given; an explicit undefined must not hide a default. */
export function definedOnly(options: Partial<DetectionOptions>): Partial<DetectionOptions> {
  const { scoreThreshold, nmsThreshold, detectionsPerImage } = options;
  return Object.fromEntries(
    Object.entries({ scoreThreshold, nmsThreshold, detectionsPerImage }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
