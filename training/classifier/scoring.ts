/**
 * Heads on photos with a ground truth: candidates and features of their crops come from the caches, so
 * that one more head, seed or rule of merging costs seconds.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Box } from '../../src/core/boxes/box.ts';
import type { HeadKind, MergeConfig } from '../../src/core/classification/config.ts';
import { classifierHead } from '../../src/core/classification/head.ts';
import {
  CANDIDATE_OPTIONS,
  mergeDetections,
  proposalsToClassify,
} from '../../src/core/classification/merge.ts';
import { DEFAULT_DETECTION_OPTIONS } from '../../src/core/detection/roiHeads.ts';
import type { Detection, Proposal } from '../../src/core/detection/types.ts';
import type { WeightMap } from '../../src/core/models/weights.ts';
import type { TrainingPhoto } from '../detector/dataset.ts';
import type { CandidateSource, Candidates } from './candidates.ts';
import type { CropCache } from './cropCache.ts';

/** One photo, ready for any rule of merging. */
export interface ClassifiedPhoto {
  readonly candidates: Candidates;
  /** by place among the proposals: `[classes + 1]`, background first */
  readonly scores: ReadonlyMap<number, Float32Array>;
}

/** Where crops are from, and how many of each photo. */
export interface ScoringSource {
  readonly candidates: CandidateSource;
  readonly crops: CropCache;
  /** proposals of each photo that are classified again */
  readonly proposals: number;
}

/** The boxes of a photo that are classified again, and their places among its proposals. */
export function boxesToClassify(
  { detections, proposals }: Candidates,
  limit: number,
): { places: number[]; boxes: Box[] } {
  const places = proposalsToClassify(detections, limit);
  return { places, boxes: places.map((place) => (proposals[place] as Proposal).box) };
}

/**
 * Classifies a photo's best proposals.
 * @throws UserError when the photo cannot be read
 */
export async function classifyPhoto(
  photo: TrainingPhoto,
  kind: HeadKind,
  heads: WeightMap,
  { candidates, crops, proposals }: ScoringSource,
): Promise<ClassifiedPhoto> {
  const found = await candidates.get(photo);
  const { places, boxes } = boxesToClassify(found, proposals);
  const scores = new Map<number, Float32Array>();
  if (places.length === 0) return { candidates: found, scores };
  const features = await crops.get(photo, boxes, kind);
  const probabilities = tf.tidy(() => {
    const pooled = tf.tensor2d(features, [places.length, crops.inputs]);
    return tf.softmax(classifierHead(pooled, heads, kind));
  });
  const values = (await probabilities.data()) as Float32Array;
  const columns = probabilities.shape[1] as number;
  probabilities.dispose();
  places.forEach((place, row) => {
    scores.set(place, values.slice(row * columns, (row + 1) * columns));
  });
  return { candidates: found, scores };
}

/** Merged detections, down to the candidates' least score: what an evaluation wants. */
export function mergedDetections(
  { candidates, scores }: ClassifiedPhoto,
  merge: MergeConfig,
): Detection[] {
  return mergeDetections(candidates.detections, scores, merge, {
    ...DEFAULT_DETECTION_OPTIONS,
    scoreThreshold: CANDIDATE_OPTIONS.scoreThreshold / 10,
  });
}
