/**
 * How what the classifier says of a proposal and what the detector said of it become one score: the
 * classifier alone, as in the paper; their weighted product (the geometric mean); or their weighted
 * mean. Which of them is best was measured on val and stands in the classifier's manifest.
 *
 * Boxes stay the detector's, refined for the class. Detections whose proposal was not classified again
 * keep their score; NMS follows once more, for another of two boxes may now have the higher score.
 */
import { packBoxes } from '../boxes/box.ts';
import { nms } from '../boxes/nms.ts';
import { DEFAULT_DETECTION_OPTIONS, type DetectionOptions } from '../detection/roiHeads.ts';
import type { Detection } from '../detection/types.ts';
import type { MergeConfig } from './config.ts';

/**
 * One score out of two.
 *
 * @param detector probability of the class by the detector, 0..1
 * @param classifier by the classifier, 0..1
 * @returns 0..1
 */
export function mergeScore(
  detector: number,
  classifier: number,
  { rule, weight }: MergeConfig,
): number {
  switch (rule) {
    case 'detector':
      return detector;
    case 'classifier':
      return classifier;
    case 'product':
      return detector ** (1 - weight) * classifier ** weight;
    case 'mean':
      return (1 - weight) * detector + weight * classifier;
  }
}

/** Detections that reclassification starts from: more, and less certain ones, than are shown. */
export const CANDIDATE_OPTIONS: DetectionOptions = {
  ...DEFAULT_DETECTION_OPTIONS,
  scoreThreshold: 0.01,
  detectionsPerImage: 300,
};

/**
 * Which proposals to classify again: those with the most certain detections first.
 *
 * @param limit at most so many
 * @returns places among the proposals
 */
export function proposalsToClassify(detections: readonly Detection[], limit: number): number[] {
  const byScore = detections.toSorted((a, b) => b.score - a.score);
  return [...new Set(byScore.map(({ proposal }) => proposal))].slice(0, Math.max(0, limit));
}

/**
 * Detections with merged scores, by falling score.
 *
 * @param scores of the proposals that were classified again, by their place: `[classes + 1]`, the
 * background first
 */
export function mergeDetections(
  detections: readonly Detection[],
  scores: ReadonlyMap<number, Float32Array>,
  merge: MergeConfig,
  options: Partial<DetectionOptions> = {},
): Detection[] {
  const { scoreThreshold, nmsThreshold, detectionsPerImage } = {
    ...DEFAULT_DETECTION_OPTIONS,
    ...options,
  };
  const merged = detections
    .map((detection) => {
      const classified = scores.get(detection.proposal)?.[detection.label + 1];
      if (classified === undefined) return detection;
      const secondLook = { detector: detection.score, classifier: classified };
      const score = mergeScore(secondLook.detector, secondLook.classifier, merge);
      return { ...detection, score, secondLook };
    })
    .filter(({ score }) => score >= scoreThreshold);
  const kept = nms(
    packBoxes(merged.map(({ box }) => box)),
    merged.map(({ score }) => score),
    {
      iouThreshold: nmsThreshold,
      limit: detectionsPerImage,
      groups: merged.map(({ label }) => label),
    },
  );
  return Array.from(kept, (index) => merged[index] as Detection);
}
