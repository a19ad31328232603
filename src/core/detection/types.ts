/**
 * The plain data that goes in and out of detection: a decoded picture, detections, proposals.
 * Everything here can be sent between threads and written as JSON.
 */
import type { Box } from '../boxes/box.ts';

/** Decoded pixels, upright, rows from the top, channels interleaved as RGB or RGBA (alpha unused). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A class the model knows; `shown: false` helps in training but is never reported. */
export interface DetectorClass {
  /** category id in files (COCO's own id where COCO has the class) */
  readonly id: number;
  readonly name: string;
  readonly shown: boolean;
}

export interface Detection {
  /** pixels of the original picture */
  readonly box: Box;
  /** probability of the class, 0..1 */
  readonly score: number;
  /** index into the model's classes */
  readonly label: number;
  readonly className: string;
  /** which proposal it came from: index into the run's proposals */
  readonly proposal: number;
  /** the two probabilities that became the score, where the proposal was looked at again */
  readonly secondLook?: { readonly detector: number; readonly classifier: number };
}

export interface Proposal {
  /** pixels of the original picture */
  readonly box: Box;
  /** probability that there is an object at all, 0..1 */
  readonly objectness: number;
  /** the anchor it was moved from, pixels of the original picture */
  readonly anchor: Box;
}

/** Anything that can be asked to stop; an AbortSignal satisfies it. */
export interface CancelToken {
  throwIfAborted(): void;
}

/** What a detection goes through, in the order of the paper's Figure 2. */
export const STAGE_NAMES = [
  'preprocessing',
  'trunk',
  'RPN',
  'proposals',
  'RoI heads',
  'postprocessing',
] as const;

export type StageName = (typeof STAGE_NAMES)[number];

/** What one step of the figure cost. */
export interface StageRecord {
  readonly name: string;
  readonly milliseconds: number;
}
