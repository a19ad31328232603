/**
 * What a run costs in arithmetic, about: the convolutions and matrix products, which are nearly all
 * of it. From this the time left is told before anything was timed, for variants that differ
 * severalfold; and with the seconds it says how near training comes to the engine's own rate.
 */
import { FUSED_STRIDE } from '../../src/core/detection/roiHeads.ts';
import { RPN_STRIDES } from '../../src/core/detection/rpn.ts';
import { RPN_SAMPLER } from '../../src/core/detection/sampler.ts';
import { TAP_STRIDES, VGG16_LAYERS } from '../../src/core/detection/vgg16.ts';
import type { TrainingConfig } from './config.ts';
import type { Seen } from './fillCache.ts';
import { HARD_CANDIDATES } from './rois.ts';
import { viewSize } from './viewGeometry.ts';
import { headShapes } from './weights.ts';

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
  const rpnCell = sum('rpn_conv', 'rpn_cls_logits', 'rpn_bbox_pred');
  const rpn = rpnCell / RPN_STRIDES[config.detector.rpn.tap] ** 2;
  const lateral5 = sum('roi_lateral5') / TAP_STRIDES.conv5_3 ** 2;
  const fuse = sum('roi_lateral4') / FUSED_STRIDE ** 2 + lateral5;
  const perBox = sum('fc6', 'fc7', 'cls_score', 'bbox_pred');
  const conv5 = config.trainConv5
    ? VGG16_LAYERS.filter(({ name }) => name.startsWith('conv5'))
        .map(({ inputs, filters }) => (18 * inputs * filters) / TAP_STRIDES.conv5_3 ** 2)
        .reduce((a, b) => a + b, 0)
    : 0;
  // Each part runs for the losses and for its kernels' gradients, and before that to propose and to
  // find hard RoIs where it is needed; a gradient of its input only where what is below learns.
  const { tap } = config.detector.rpn;
  const hard = config.roiSampling === 'hard';
  const fused = tap === 'fused';
  const proposes = fused || tap === 'conv5_3' || hard;
  const learnsBelowRpn = fused || (tap === 'conv5_3' && config.trainConv5);
  const boxes = 3 * config.roisPerPicture + (hard ? HARD_CANDIDATES : 0);
  const ofPixel =
    rpn * (3 + Number(learnsBelowRpn)) +
    fuse * (2 + Number(fused) + Number(hard)) +
    (config.trainConv5 ? lateral5 : 0) +
    // conv5_1 has nothing below it that learns.
    conv5 * (2 + 2 / 3 + Number(proposes));
  const joint = pixels.step * ofPixel + boxes * perBox;
  // Alone, the RPN runs where anchors are drawn, each in a cell of its own as a rule.
  const step = config.trainRoiHeads === false ? RPN_SAMPLER.batchSize * 2 * rpnCell : joint;
  const photo = pixels.photo * (rpn + fuse + conv5) + proposals * perBox;
  return { step: step / 1e9, photo: photo / 1e9 };
}

/** Pixels of a view, on average. */
export function meanPixels(seen: readonly Seen[]): number {
  const sizes = seen.map(({ photo, view }) => viewSize(photo, view));
  return sizes.reduce((sum, { width, height }) => sum + width * height, 0) / sizes.length;
}
