/**
 * Faster R-CNN: transform, trunk, proposals, RoI heads, and back to the picture's own pixels. The
 * parts are constructor arguments and each can be used alone; `detect` reads like the first half
 * of the paper's Figure 2 (the second half, super-resolution and reclassification, starts from
 * its detections).
 *
 * One detection costs exactly two readbacks: the RPN's proposals, or its answers, and those of the RoI heads. The first stage
 * can be run apart (`see`), so that several passes over a photo may choose among all that they
 * propose, with two readbacks in all (passes.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { AnchorGenerator } from '../anchors/generator.ts';
import type { WeightMap } from '../models/weights.ts';
import type { DetectorConfig } from './config.ts';
import { breathe, type DetectOptions, PROPOSALS_SHARE, TRUNK_SHARE } from './options.ts';
import { Pass, type Seen } from './pass.ts';
import { readTogether } from './readTogether.ts';
import { fuseFeatures, RoiHeads } from './roiHeads.ts';
import { RegionProposalNetwork, RPN_STRIDES, type RpnTap } from './rpn.ts';
import { submitRpn } from './rpnSubmission.ts';
import { StageClock } from './stages.ts';
import { transform, type WorkingPicture } from './transform.ts';
import type { Detection, DetectorClass, Picture, Proposal, StageRecord } from './types.ts';
import { type Tap, Vgg16 } from './vgg16.ts';

export interface DetectionResult {
  /** by falling score, boxes in pixels of the original picture */
  readonly detections: Detection[];
  /** by falling objectness, boxes in pixels of the original picture */
  readonly proposals: Proposal[];
  readonly stages: StageRecord[];
}

export class FasterRcnn {
  constructor(
    readonly backbone: Vgg16,
    readonly rpn: RegionProposalNetwork,
    readonly rpnTap: RpnTap,
    readonly roiHeads: RoiHeads,
    readonly classes: readonly DetectorClass[],
    readonly workingSize: number,
  ) {}

  /** Puts the parts together as a manifest describes them. Throws an Error where weights are missing. */
  static build(
    config: DetectorConfig,
    classes: readonly DetectorClass[],
    weights: WeightMap,
  ): FasterRcnn {
    const { rpn, roiHeads, workingSize } = config;
    const anchorSet = { sizes: rpn.anchorSizes, aspectRatios: rpn.aspectRatios };
    return new FasterRcnn(
      new Vgg16(weights),
      new RegionProposalNetwork(weights, new AnchorGenerator(anchorSet, RPN_STRIDES[rpn.tap])),
      rpn.tap,
      new RoiHeads(
        weights,
        roiHeads,
        classes.map(({ shown }) => shown),
      ),
      classes,
      workingSize,
    );
  }

  /**
   * Finds the objects in a picture.
   *
   * @throws RangeError for pixel data that does not fit its size, and whatever the signal throws
   */
  async detect(picture: Picture, options: DetectOptions = {}): Promise<DetectionResult> {
    const clock = new StageClock(options.onStage);
    const onProgress = (share: number) => options.onProgress?.(share * TRUNK_SHARE);
    const seen = await this.see(picture, { ...options, onProgress }, clock);
    try {
      const [values] = await readTogether([seen.wanted]);
      clock.mark('RPN');
      const proposed = seen.propose(values as Float32Array);
      clock.mark('proposals');
      await breathe(options, PROPOSALS_SHARE);

      const { proposals } = proposed;
      const [scores] = await readTogether([proposed.score(proposals.map((_, index) => index))]);
      clock.mark('RoI heads');
      const detections = proposed.select(scores as Float32Array);
      clock.mark('postprocessing');
      await breathe(options, 1);
      if (options.trace) {
        const { width, height } = picture;
        const workingSize = options.workingSize ?? this.workingSize;
        options.trace.plans = [
          { tile: { left: 0, top: 0, width, height }, workingSize, leastSide: 0 },
        ];
        options.trace.origins = proposals.map((_, place) => ({ pass: 0, place }));
        options.trace.found = detections;
      }
      return { detections, proposals, stages: clock.stages };
    } finally {
      seen.dispose();
    }
  }

  /**
   * The first stage alone: transform, trunk and RPN, submitted to the device. Nothing is read back: that
   * is for the caller, who may be looking at the photo in other ways, too.
   *
   * @param options `onProgress` gets the share of this pass's trunk that is done
   * @param clock of the whole run
   * @returns to be disposed of
   * @throws what `detect` throws
   */
  async see(picture: Picture, options: DetectOptions, clock: StageClock): Promise<Seen> {
    options.signal?.throwIfAborted();
    const working = transform(picture, options.workingSize ?? this.workingSize);
    clock.mark('preprocessing');

    const input = pictureTensor(working);
    const taps = new Set<Tap>(['conv4_3', 'conv5_3']);
    if (this.rpnTap !== 'fused') taps.add(this.rpnTap);
    const features = await this.backbone
      .forwardInSteps(input, { taps: [...taps] }, (share) => breathe(options, share))
      .finally(() => input.dispose());
    let fused: tf.Tensor4D | undefined;
    try {
      fused = fuseFeatures(features, this.roiHeads.weights);
      clock.mark('trunk');
      const tapped = this.rpnTap === 'fused' ? fused : (features[this.rpnTap] as tf.Tensor4D);
      const submission = submitRpn(this.rpn, tapped, working, options.proposals);
      const conv5_3 = options.onFirstStage && features.conv5_3?.clone();
      clock.mark('RPN');
      return new Pass(this, picture, working, options, { fused, submission, conv5_3 });
    } catch (error) {
      fused?.dispose();
      throw error;
    } finally {
      tf.dispose(features as tf.NamedTensorMap);
    }
  }
}

/** The working picture on the device: `[1, paddedHeight, paddedWidth, 3]`. */
export function pictureTensor(working: WorkingPicture): tf.Tensor4D {
  return tf.tensor4d(working.data, [1, working.paddedHeight, working.paddedWidth, 3]);
}
