/**
 * Sharpen, then decide: the best of a run's proposals are classified again in batches, and after each
 * batch the detections are given out with what is known until then. The worker, which may have helpers,
 * and the command line both read from here.
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
  /** proposals at a time */
  readonly batchSize?: number;
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
 * What becomes of a run's detections while its best proposals are classified again, by whomever and in
 * whatever order: the detections depend on what is known alone.
 */
export class Reclassification {
  /** the boxes to classify, in pixels of the picture, the most certain first */
  readonly boxes: readonly Box[];
  private readonly places: readonly number[];
  private readonly scores = new Map<number, Float32Array>();

  /** @param run detected with `CANDIDATE_OPTIONS`, so that weak detections can rise */
  constructor(
    private readonly run: Pick<DetectionResult, 'detections' | 'proposals'>,
    private readonly options: { readonly proposals: number } & Partial<DetectionOptions>,
    private readonly merge: MergeConfig,
  ) {
    this.places = proposalsToClassify(run.detections, options.proposals);
    this.boxes = this.places.map((place): Box => (run.proposals[place] as Proposal).box);
  }

  /** Takes a batch in, whose indices are places among `boxes`. */
  add(batch: readonly ClassifiedProposal[]): ReclassifiedBatch {
    const { run, scores, places } = this;
    const classified = batch.map((one) => ({ ...one, index: places[one.index] as number }));
    for (const { index, scores: seen } of classified) scores.set(index, seen);
    return {
      classified,
      detections: mergeDetections(run.detections, scores, this.merge, definedOnly(this.options)),
      done: scores.size,
      total: places.length,
    };
  }
}

/**
 * Classifies the best proposals of a run again.
 *
 * @param run as for `Reclassification`
 * @throws what `ProposalClassifier.classify` throws
 */
export async function* reclassify(
  classifier: ProposalClassifier,
  picture: Picture,
  run: Pick<DetectionResult, 'detections' | 'proposals'>,
  options: ReclassifyOptions,
): AsyncGenerator<ReclassifiedBatch, void, undefined> {
  const { merge = classifier.config.merge } = options;
  const again = new Reclassification(run, options, merge);
  for await (const batch of classifier.classify(picture, again.boxes, options)) {
    yield again.add(batch);
  }
}
