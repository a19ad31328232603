/**
 * Faster R-CNN: transform, trunk, proposals, RoI heads, and back to the picture's own pixels. The
 * parts are constructor arguments and each can be used alone; `detect` reads like the first half
 * of the paper's Figure 2 (the second half, super-resolution and reclassification, starts from
 * its detections).
 *
 * One detection costs exactly two readbacks: the RPN's answers and the RoI heads'. The two stages
 * can be run apart (`propose`), so that several passes over a photo may choose among all that they
 * propose (passes.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { AnchorGenerator } from '../anchors/generator.ts';
import { type Boxes, boxAt, packBoxes, takeRows } from '../boxes/box.ts';
import type { WeightMap } from '../models/weights.ts';
import type { DetectorConfig } from './config.ts';
import {
  DEFAULT_DETECTION_OPTIONS,
  type DetectionOptions,
  fuseFeatures,
  RoiHeads,
} from './roiHeads.ts';
import {
  DEFAULT_PROPOSAL_OPTIONS,
  type ProposalOptions,
  RegionProposalNetwork,
  RPN_STRIDES,
  type RpnAnswer,
  type RpnTap,
} from './rpn.ts';
import type { DetectionTrace, PassTrace } from './trace.ts';
import { restoreBoxes, transform, type WorkingPicture } from './transform.ts';
import type {
  CancelToken,
  Detection,
  DetectorClass,
  Picture,
  Proposal,
  StageRecord,
} from './types.ts';
import { type Tap, type TapFeatures, Vgg16 } from './vgg16.ts';

export interface DetectOptions extends Partial<DetectionOptions> {
  readonly proposals?: Partial<ProposalOptions>;
  /** another working size than the model's own, in pixels of the long side */
  readonly workingSize?: number;
  readonly signal?: CancelToken;
  /** shown the first stage of every pass before its proposals are chosen */
  readonly onFirstStage?: (stage: FirstStage) => void;
  /** empty; is filled with what the run saw */
  readonly trace?: DetectionTrace;
  /** awaited between layers, with the share of the run that is done (0..1): the moment to breathe */
  readonly onProgress?: (fraction: number) => Promise<void> | void;
}

export interface DetectionResult {
  /** by falling score, boxes in pixels of the original picture */
  readonly detections: Detection[];
  /** by falling objectness, boxes in pixels of the original picture */
  readonly proposals: Proposal[];
  readonly stages: StageRecord[];
}

/** What a pass saw and its RPN said: all that choosing other proposals needs, without another pass. */
export interface FirstStage {
  /** what the pass looked at */
  readonly picture: Picture;
  readonly working: Omit<WorkingPicture, 'data'>;
  /** disposed of after the call: whoever wants to keep a tap clones it */
  readonly features: TapFeatures;
  readonly answer: RpnAnswer;
}

/** A picture after the first stage. Holds features on the device until it is disposed of. */
export interface Proposed {
  /** by falling objectness, boxes in pixels of the original picture */
  readonly proposals: Proposal[];
  /** grows with each call of `classify` */
  readonly stages: readonly StageRecord[];
  /**
   * The second stage: what is in the proposals at these places, by falling score; each detection's
   * `proposal` is a place in `chosen`. One readback, none where nothing is chosen.
   */
  classify(chosen: readonly number[]): Promise<Detection[]>;
  dispose(): void;
}

/** The shares of a run that precede the RoI heads; the trunk is nearly all of the arithmetic. */
const TRUNK_SHARE = 0.85;
const PROPOSALS_SHARE = 0.93;

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
    const proposed = await this.propose(picture, options);
    try {
      const { proposals, stages } = proposed;
      const detections = await proposed.classify(proposals.map((_, index) => index));
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
      return { detections, proposals, stages: [...stages] };
    } finally {
      proposed.dispose();
    }
  }

  /**
   * The first stage alone: transform, trunk and proposals. What of them is to be classified is for
   * the caller to say, who may have seen the photo in other ways, too.
   *
   * @returns to be disposed of
   * @throws what `detect` throws
   */
  async propose(picture: Picture, options: DetectOptions = {}): Promise<Proposed> {
    options.signal?.throwIfAborted();
    const clock = new StageClock();
    const working = transform(picture, options.workingSize ?? this.workingSize);
    clock.mark('transform');

    const input = pictureTensor(working);
    const taps = new Set<Tap>(['conv4_3', 'conv5_3']);
    if (this.rpnTap !== 'fused') taps.add(this.rpnTap);
    const features = await this.backbone
      .forwardInSteps(input, { taps: [...taps] }, (share) => breathe(options, share * TRUNK_SHARE))
      .finally(() => input.dispose());
    const fused = fuseFeatures(features, this.roiHeads.weights);
    clock.mark('trunk');
    try {
      const seen = this.rpnTap === 'fused' ? fused : (features[this.rpnTap] as tf.Tensor4D);
      const answer = await this.rpn.answer(seen);
      options.onFirstStage?.({ picture, working, features, answer });
      const found = this.rpn.proposalsOf(answer, working, {
        ...DEFAULT_PROPOSAL_OPTIONS,
        ...options.proposals,
      });
      clock.mark('propose');
      const trace: PassTrace = {
        size: sizeOf(working),
        answer,
        options: { ...DEFAULT_PROPOSAL_OPTIONS, ...options.proposals },
        proposals: found.boxes,
        classified: { places: [], values: new Float32Array() },
      };
      options.trace?.passes.push(trace);
      await breathe(options, PROPOSALS_SHARE);

      const boxes = restoreBoxes(found.boxes, working, picture);
      const anchors = restoreBoxes(found.anchors, working, picture);
      return {
        proposals: Array.from(found.objectness, (objectness, index) => ({
          box: boxAt(boxes, index),
          objectness,
          anchor: boxAt(anchors, index),
        })),
        stages: clock.stages,
        classify: async (chosen) => {
          clock.restart();
          const rows = takeRows(found.boxes, chosen);
          const values = await this.roiHeads.score(fused, rows);
          trace.classified = { places: chosen, values };
          const detections = this.select(values, rows, working, picture, options);
          clock.mark('align and classify');
          return detections;
        },
        dispose: () => fused.dispose(),
      };
    } catch (error) {
      fused.dispose();
      throw error;
    } finally {
      tf.dispose(features as tf.NamedTensorMap);
    }
  }

  /** The detections that the RoI heads' scores stand for, in pixels of the original picture. */
  private select(
    values: Float32Array,
    boxes: Boxes,
    working: WorkingPicture,
    picture: Picture,
    options: DetectOptions,
  ): Detection[] {
    const found = this.roiHeads.select(values, boxes, working, {
      ...DEFAULT_DETECTION_OPTIONS,
      ...definedOnly(options),
    });
    const restored = restoreBoxes(packBoxes(found.map(({ box }) => box)), working, picture);
    return found.map(({ score, label, proposal }, index) => ({
      box: boxAt(restored, index),
      score,
      label,
      className: this.classes[label]?.name ?? `class ${label}`,
      proposal,
    }));
  }
}

/** The working picture's sizes without its pixels. */
const sizeOf = ({ width, height, scaleX, scaleY }: WorkingPicture) => ({
  width,
  height,
  scaleX,
  scaleY,
});

/** A moment for the caller: to show how far it is, to breathe, or to stop. */
async function breathe({ onProgress, signal }: DetectOptions, fraction: number): Promise<void> {
  await onProgress?.(fraction);
  signal?.throwIfAborted();
}

/** The working picture on the device: `[1, paddedHeight, paddedWidth, 3]`. */
export function pictureTensor(working: WorkingPicture): tf.Tensor4D {
  return tf.tensor4d(working.data, [1, working.paddedHeight, working.paddedWidth, 3]);
}

/** The detection options that were given; an explicit undefined must not hide a default. */
export function definedOnly(options: Partial<DetectionOptions>): Partial<DetectionOptions> {
  const { scoreThreshold, nmsThreshold, detectionsPerImage } = options;
  return Object.fromEntries(
    Object.entries({ scoreThreshold, nmsThreshold, detectionsPerImage }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** Wall-clock time from one mark to the next; on a GPU the waiting shows up at the readbacks. */
class StageClock {
  readonly stages: StageRecord[] = [];
  private last = tf.util.now();

  /** What was since the last mark is nobody's. */
  restart(): void {
    this.last = tf.util.now();
  }

  mark(name: string): void {
    const now = tf.util.now();
    this.stages.push({ name, milliseconds: now - this.last });
    this.last = now;
  }
}
