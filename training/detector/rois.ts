/**
 * The RoI heads' part of a training step: which proposals enter the loss, and their loss.
 *
 * As in Fast R-CNN (Girshick 2015, section 2.3) they are drawn at random, a quarter of them objects
 * where there are so many. Or the heads look for themselves: with online hard example mining
 * (Shrivastava, Gupta and Girshick 2016) they score all candidates first, and those with the largest
 * loss are learned from, whether object or background. The paper's NMS among the hard is left out:
 * proposals went through one already.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Boxes, takeRows } from '../../src/core/boxes/box.ts';
import { argsortDescending } from '../../src/core/boxes/nms.ts';
import { matchBoxes, ROI_MATCHER } from '../../src/core/detection/matcher.ts';
import { ROI_BOX_CODER, type RoiOutput } from '../../src/core/detection/roiHeads.ts';
import { EVERY_BOX, type Sample, sampleMatches } from '../../src/core/detection/sampler.ts';
import type { TrainingConfig } from './config.ts';
import { classLosses, smoothL1 } from './losses.ts';
import type { Truth } from './viewGeometry.ts';

const POSITIVE_FRACTION = 0.25;
/** The hard are sought among the objects and the best proposals, so many in all. */
export const HARD_CANDIDATES = 512;

/** The proposals that enter the loss, positives first, with their classes and deltas. */
export interface SampledRois {
  readonly boxes: Boxes;
  /** 0 is background */
  readonly classes: Int32Array;
  /** `[positives * 4]` */
  readonly deltas: Float32Array;
  readonly positives: number;
}

/** What decides the loss of a RoI besides the heads: the config, and what the photo's set labels. */
export interface RoiLossOptions {
  /** for background and each class: 1 where labelled */
  readonly labelled: Float32Array;
  readonly positivesOverAll: boolean;
}

/**
 * Draws `roisPerPicture` RoIs at random.
 * @param proposals `[count * 4]` in pixels of the view
 */
export function sampleRois(
  { roisPerPicture }: TrainingConfig,
  proposals: Boxes,
  truth: Truth,
  random: () => number,
): SampledRois {
  const candidates = withObjects(proposals, truth);
  const sampler = { batchSize: roisPerPicture, positiveFraction: POSITIVE_FRACTION };
  return matchedRois(candidates, truth, (matches) => sampleMatches(matches, sampler, random));
}

/**
 * The `roisPerPicture` RoIs with the largest loss, after one more readback.
 *
 * @param proposals `[count * 4]` in pixels of the view, by falling objectness
 * @param head what the RoI heads say of boxes now
 */
export async function hardestRois(
  { roisPerPicture }: TrainingConfig,
  proposals: Boxes,
  truth: Truth,
  head: (boxes: Boxes) => RoiOutput,
  options: RoiLossOptions,
): Promise<SampledRois> {
  const candidates = withObjects(proposals, truth).subarray(0, 4 * HARD_CANDIDATES);
  const all = matchedRois(candidates, truth, (matches) =>
    // Nothing is left out, so the order in which they are drawn does not matter.
    sampleMatches(matches, EVERY_BOX, () => 0),
  );
  if (all.classes.length <= roisPerPicture) return all;
  const losses = tf.tidy(() => roiLosses(head(all.boxes), all, options));
  const hardest = argsortDescending((await losses.data()) as Float32Array, roisPerPicture);
  losses.dispose();
  // By rising index, positives come first again.
  const rows = [...hardest].sort((a, b) => a - b);
  const objects = rows.filter((row) => row < all.positives);
  return {
    boxes: takeRows(all.boxes, rows),
    classes: Int32Array.from(rows, (row) => all.classes[row] as number),
    deltas: takeRows(all.deltas, objects),
    positives: objects.length,
  };
}

/** The objects themselves join the proposals: early on, no proposal is good enough to learn from. */
function withObjects(proposals: Boxes, { boxes }: Truth): Boxes {
  const candidates = new Float32Array(proposals.length + boxes.length);
  candidates.set(boxes);
  candidates.set(proposals, boxes.length);
  return candidates;
}

function matchedRois(
  candidates: Boxes,
  truth: Truth,
  choose: (matches: Int32Array) => Sample,
): SampledRois {
  const matches = matchBoxes(candidates, truth.boxes, truth.ignored, ROI_MATCHER);
  const { positives, negatives } = choose(matches);
  const objects = positives.map((index) => matches[index] as number);
  const classes = new Int32Array(positives.length + negatives.length);
  objects.forEach((object, row) => {
    classes[row] = (truth.labels[object] as number) + 1;
  });
  return {
    boxes: takeRows(candidates, Int32Array.from([...positives, ...negatives])),
    classes,
    deltas: ROI_BOX_CODER.encode(takeRows(truth.boxes, objects), takeRows(candidates, positives)),
    positives: positives.length,
  };
}

/** The means over all RoIs: of the classes' loss, and of the deltas' where there are objects. */
export function roiLoss(
  output: RoiOutput,
  rois: SampledRois,
  { labelled, positivesOverAll }: RoiLossOptions,
): [tf.Scalar, tf.Scalar] {
  const classes = tf.mean<tf.Scalar>(
    classLosses(output.logits, rois.classes, labelled, positivesOverAll),
  );
  if (rois.positives === 0) return [classes, tf.scalar(0)];
  return [classes, tf.div(tf.sum(deltaLosses(output, rois)), rois.classes.length)];
}

/** Both losses of each RoI together, `[count]`. */
function roiLosses(
  output: RoiOutput,
  rois: SampledRois,
  { labelled, positivesOverAll }: RoiLossOptions,
): tf.Tensor1D {
  const classes = classLosses(output.logits, rois.classes, labelled, positivesOverAll);
  if (rois.positives === 0) return classes;
  const deltas = tf.sum<tf.Tensor1D>(deltaLosses(output, rois), 1);
  return tf.add(classes, tf.pad1d(deltas, [0, rois.classes.length - rois.positives]));
}

/** Smooth L1 of the objects' deltas, `[positives, 4]`. */
function deltaLosses({ logits, deltas }: RoiOutput, rois: SampledRois): tf.Tensor {
  const perClass = logits.shape[1];
  // Row r's deltas of its own class: rows of [count * (classes + 1), 4].
  const rows = rois.classes.slice(0, rois.positives).map((label, row) => row * perClass + label);
  const predicted = tf.gather(tf.reshape(deltas, [-1, 4]), rows);
  return smoothL1(predicted, tf.tensor2d(rois.deltas, [rois.positives, 4]));
}
