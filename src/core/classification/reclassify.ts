/**
 * Sharpen, then decide: the best of a run's proposals are classified again in batches, and after each
 * batch the detections are given out with what is known until then. The worker and the command line
 * both read from here.
 */
import type { Box } from '../boxes/box.ts';
import type { DetectionResult } from '../detection/fasterRcnn.ts';
import { definedOnly } from '../detection/options.ts';
import type { DetectionOptions } from '../detection/roiHeads.ts';
import type { Detection, Picture, Proposal } from '../detection/types.ts';
import type { MergeConfig } from './config.ts';
import { mergeDetections, proposalsToClassify } from './merge.ts';
import type {
  ClassifiedProposal,
  ClassifyOptions,
  ProposalClassifier,
} from './proposalClassifier.ts';

export interface ReclassifyOptions extends ClassifyOptions, Partial<DetectionOptions> {
  /** at most so many proposals are classified again */
  readonly proposals: number;
  /** another rule than the model's */
  readonly merge?: MergeConfig;
}

export interface ReclassifiedBatch {
  /** the proposals of this batch; `index` is the place among the run's proposals */
  readonly classified: readonly ClassifiedProposal[];
  /** all detections as they stand now, by falling score */
  readonly detections: readonly Detection[];
  /** proposals classified so far, and in all */
  readonly done: number;
  readonly total: number;
}

/**
 * Classifies the best proposals of a run again.
 *
 * @param run detected with `CANDIDATE_OPTIONS`, so that weak detections can rise
 * @throws what `ProposalClassifier.classify` throws
 */
export async function* reclassify(
  classifier: ProposalClassifier,
  picture: Picture,
  run: Pick<DetectionResult, 'detections' | 'proposals'>,
  options: ReclassifyOptions,
): AsyncGenerator<ReclassifiedBatch, void, undefined> {
  const chosen = proposalsToClassify(run.detections, options.proposals);
  const boxes = chosen.map((place): Box => (run.proposals[place] as Proposal).box);
  const scores = new Map<number, Float32Array>();
  const { merge = classifier.config.merge } = options;
  for await (const batch of classifier.classify(picture, boxes, options)) {
    const classified = batch.map((one) => ({ ...one, index: chosen[one.index] as number }));
    for (const { index, scores: seen } of classified) scores.set(index, seen);
    yield {
      classified,
      detections: mergeDetections(run.detections, scores, merge, definedOnly(options)),
      done: scores.size,
      total: chosen.length,
    };
  }
}
