/**
 * A training step of the region proposal network alone, on a trunk that is frozen: what the paper
 * compares in its Table I are proposals, and with the RoI heads the same for every anchor set, what
 * differs is due to them. Which anchors enter the loss is drawn before anything is computed, so the
 * head runs where they lie and nowhere else: 256 patches of 3x3 cells instead of a whole map, which
 * at a stride of 4 has 19,200.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { type Boxes, takeRows } from '../../src/core/boxes/box.ts';
import { fuseFeatures } from '../../src/core/detection/roiHeads.ts';
import type { RpnOutput } from '../../src/core/detection/rpnAnswer.ts';
import type { Sample } from '../../src/core/detection/sampler.ts';
import type { TapFeatures } from '../../src/core/detection/vgg16.ts';
import { requireWeight, type WeightMap } from '../../src/core/models/weights.ts';
import type { TrainingConfig } from './config.ts';
import type { TrainingPhoto } from './dataset.ts';
import { NO_LOSSES, roiFeatures, rpnLoss, type StepResult, sampleAnchors, scaled } from './step.ts';
import { truthInView, type View } from './viewGeometry.ts';
import type { TrainingWeights } from './weights.ts';

/**
 * Runs one step; the weights stay as they are until the optimizer applies the gradients.
 *
 * @param features of the view, from the cache: see `stepTaps`
 */
export async function rpnStep(
  config: TrainingConfig,
  weights: TrainingWeights,
  anchorGenerator: AnchorGenerator,
  photo: TrainingPhoto,
  view: View,
  features: TapFeatures,
  random: () => number,
): Promise<StepResult> {
  const truth = truthInView(photo, view);
  const { tap } = config.detector.rpn;
  const { conv4_3, conv5_3 } = features;
  const [, rows, columns] = (features[tap === 'fused' ? 'conv4_3' : tap] as tf.Tensor4D).shape;
  const anchors = anchorGenerator.generate(rows, columns);
  const { matches, sample } = sampleAnchors(config, anchors, truth, random);
  if (sample.positives.length + sample.negatives.length === 0) {
    return { losses: NO_LOSSES, gradients: {} };
  }
  const seen = atCells(anchors, matches, sample, anchors.length / 4 / (rows * columns));
  // What is below the head does not learn, and stays outside the tape.
  const patches = tf.tidy(() => {
    const map =
      tap === 'fused'
        ? fuseFeatures(
            roiFeatures(weights, conv4_3 as tf.Tensor4D, conv5_3 as tf.Tensor4D),
            weights.all,
          )
        : (features[tap] as tf.Tensor4D);
    return patchesOf(tap === 'fused' ? map : scaled(weights, map, 'rpn_scale'), seen.cells);
  });
  const parts: tf.Scalar[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const head = headOnPatches(patches, weights.all);
    const losses = rpnLoss(head, seen.anchors, seen.matches, seen.sample, truth, config.rpnLoss);
    for (const loss of losses) parts.push(tf.keep(tf.clone(loss)));
    return tf.addN(losses) as tf.Scalar;
  }, weights.learning());
  tf.dispose([value, patches]);
  const stacked = tf.tidy(() => tf.stack(parts));
  const [objectness = 0, anchorDeltas = 0] = await stacked.data();
  tf.dispose([stacked, ...parts]);
  return { losses: { ...NO_LOSSES, objectness, anchorDeltas }, gradients: grads };
}

/** The anchors of the cells where something was drawn, as if there were no others. */
function atCells(
  anchors: Boxes,
  matches: Int32Array,
  { positives, negatives }: Sample,
  perCell: number,
): { cells: number[]; anchors: Boxes; matches: Int32Array; sample: Sample } {
  const rowOf = new Map<number, number>();
  const moved = (drawn: Int32Array) =>
    drawn.map((index) => {
      const cell = Math.floor(index / perCell);
      const row = rowOf.get(cell) ?? rowOf.size;
      rowOf.set(cell, row);
      return row * perCell + (index % perCell);
    });
  const sample = { positives: moved(positives), negatives: moved(negatives) };
  const cells = [...rowOf.keys()];
  const indices = cells.flatMap((cell) =>
    Array.from({ length: perCell }, (_, k) => cell * perCell + k),
  );
  return {
    cells,
    anchors: takeRows(anchors, indices),
    matches: Int32Array.from(indices, (index) => matches[index] as number),
    sample,
  };
}

/**
 * The neighbours of cells, with zeros beyond the edge as the convolution pads.
 * @param map `[1, rows, columns, channels]`
 * @returns `[cells, 3 * 3 * channels]`
 */
function patchesOf(map: tf.Tensor4D, cells: readonly number[]): tf.Tensor2D {
  const [, , columns, channels] = map.shape;
  const edge: [number, number] = [1, 1];
  const padded = tf.pad(map, [[0, 0], edge, edge, [0, 0]]);
  const wide = columns + 2;
  const around = cells.flatMap((cell) => {
    const corner = Math.floor(cell / columns) * wide + (cell % columns);
    return [0, wide, 2 * wide].flatMap((row) => [0, 1, 2].map((column) => corner + row + column));
  });
  const gathered = tf.gather(tf.reshape(padded, [-1, channels]), around);
  return tf.reshape(gathered, [cells.length, -1]);
}

/** `rpnHead` on patches: as matrix products, whose gradients are ten times as fast as convolutions'. */
function headOnPatches(patches: tf.Tensor2D, weights: WeightMap): RpnOutput {
  const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D => {
    const kernel = requireWeight(weights, `${name}/kernel`);
    const matrix = tf.reshape<tf.Rank.R2>(kernel, [-1, kernel.shape.at(-1) as number]);
    return tf.add(tf.matMul(x, matrix), requireWeight(weights, `${name}/bias`));
  };
  const hidden = tf.relu(dense(patches, 'rpn_conv'));
  return {
    objectness: tf.reshape(dense(hidden, 'rpn_cls_logits'), [-1]),
    deltas: tf.reshape(dense(hidden, 'rpn_bbox_pred'), [-1, 4]),
  };
}
