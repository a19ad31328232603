/**
 * What a run costs in arithmetic, about: the convolutions and matrix products, which are nearly all
 * of it. From this the time left is told before anything was timed, for variants that differ
 * severalfold; and with the seconds it says how near training comes to the engine's own rate.
 */

import { FUSED_STRIDE } from '../../src/core/detection/roiHeads.ts';
import { RPN_STRIDES } from '../../src/core/detection/rpn.ts';
import { TAP_STRIDES, VGG16_LAYERS } from '../../src/core/detection/vgg16.ts';
import type { TrainingConfig } from '../detector/config.ts';
import { HARD_CANDIDATES } from '../detector/rois.ts';
import { headShapes } from '../detector/weights.ts';

export interface Cost {
  /** GFLOP of one training step */
  readonly step: number;
  /** GFLOP of scoring one photo */
  readonly photo: number;
}

/**
 * Multiplications and additions count one each; conv5 counts where it is trained.
 *
 * @param pixels what the network sees in a step and of a photo that is scored, on average
 * @param proposals that are classified of a photo that is scored
 */
export function costOf(
  config: TrainingConfig,
  pixels: { readonly step: number; readonly photo: number },
  proposals: number,
): Cost {
  const weightsOf = new Map(
    headShapes(config).map(([name, shape]) => [name, shape.reduce((a, b) => a * b, 1)]),
  );
  const sum = (...names: string[]) =>
    names.reduce((total, name) => total + 2 * (weightsOf.get(name) ?? 0), 0);
  /** Of each pixel: what every layer does at its stride. */
  const rpn =
    sum('rpn_conv', 'rpn_cls_logits', 'rpn_bbox_pred') / RPN_STRIDES[config.detector.rpn.tap] ** 2;
  const fuse =
    sum('roi_lateral4') / FUSED_STRIDE ** 2 + sum('roi_lateral5') / TAP_STRIDES.conv5_3 ** 2;
  const perBox = sum('fc6', 'fc7', 'cls_score', 'bbox_pred');
  const conv5 = config.trainConv5
    ? VGG16_LAYERS.filter(({ name }) => name.startsWith('conv5'))
        .map(({ inputs, filters }) => (18 * inputs * filters) / TAP_STRIDES.conv5_3 ** 2)
        .reduce((a, b) => a + b, 0)
    : 0;
  // The RPN runs once to propose, once for its loss, and has gradients for its kernels; what is
  // behind the features that are fixed has no gradient for its input.
  const mined = config.roiSampling === 'hard' ? HARD_CANDIDATES : 0;
  const boxes = 3 * config.roisPerPicture + mined;
  const joint = pixels.step * (3 * rpn + 2 * fuse + 3 * conv5) + boxes * perBox;
  const step = config.trainRoiHeads === false ? pixels.step * 2 * rpn : joint;
  const photo = pixels.photo * (rpn + fuse + conv5) + proposals * perBox;
  return { step: step / 1e9, photo: photo / 1e9 };
}
