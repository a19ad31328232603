/**
 * A detector that looks at photos through the feature cache: the trunk's part is on disk already,
 * the RPN and the RoI heads are the very functions that the app runs (src/core/detection). For many
 * numbers of proposals the network runs once, with the largest: NMS keeps its order, so the first N
 * proposals are those that would be left with N, and each proposal is classified for itself.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Box, type Boxes, boxAt, packBoxes } from '../../src/core/boxes/box.ts';
import { FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { DEFAULT_DETECTION_OPTIONS, fuseFeatures } from '../../src/core/detection/roiHeads.ts';
import { DEFAULT_PROPOSAL_OPTIONS } from '../../src/core/detection/rpn.ts';
import { restoreBoxes, workingDimensions } from '../../src/core/detection/transform.ts';
import type { TapFeatures } from '../../src/core/detection/vgg16.ts';
import type { TrainingConfig } from '../detector/config.ts';
import type { TrainingPhoto } from '../detector/dataset.ts';
import { type FeatureCache, neededTaps } from '../detector/features.ts';
import type { TrainingWeights } from '../detector/weights.ts';
import type { MeasureOptions } from './schema.ts';

export interface Found {
  /** pixels of the photo */
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
  /** index into the config's classes */
  readonly label: number;
}

export interface Seeing {
  /** pixels of the photo, by falling objectness */
  readonly proposals: Boxes;
  readonly objectness: Float32Array;
  /** for each of the numbers of proposals, by falling score */
  readonly detections: readonly (readonly Found[])[];
}

export class CachedDetector {
  private readonly made: tf.Tensor[] = [];
  private readonly detector: FasterRcnn;

  private constructor(
    private readonly config: TrainingConfig,
    private readonly cache: FeatureCache,
    learned: ReadonlyMap<string, tf.Tensor>,
    trunk: ReadonlyMap<string, tf.Tensor>,
  ) {
    this.made.push(...learned.values());
    const weights = new Map([...trunk, ...learned]);
    this.detector = FasterRcnn.build(config.detector, config.classes, weights);
  }

  /** What the training weights are now, with the scales folded in as the app's model has them. */
  static async from(
    config: TrainingConfig,
    cache: FeatureCache,
    weights: TrainingWeights,
    trunk: ReadonlyMap<string, tf.Tensor>,
  ): Promise<CachedDetector> {
    const folded = [...(await weights.folded())].map(
      ([name, { data, shape }]) => [name, tf.tensor(data, [...shape])] as const,
    );
    return new CachedDetector(config, cache, new Map(folded), trunk);
  }

  /**
   * Looks at one whole photo.
   * @throws UserError when its features are not cached and cannot be computed
   */
  async look(photo: TrainingPhoto, options: MeasureOptions): Promise<Seeing> {
    const { workingSize } = this.config.detector;
    const size = workingDimensions(photo.width, photo.height, workingSize);
    const working = { scaleX: size.width / photo.width, scaleY: size.height / photo.height };
    const view = { longSide: workingSize, flip: false };
    const features = await this.cache.get(photo, view, neededTaps(this.config));
    const { backbone, rpn, rpnTap, roiHeads } = this.detector;
    const conv4_3 = features.conv4_3 as tf.Tensor4D;
    const conv5_3 =
      features.conv5_3 ?? backbone.forward(conv4_3, { from: 'conv4_3', taps: ['conv5_3'] }).conv5_3;
    const taps: TapFeatures = { ...features, conv5_3 };
    const fused = fuseFeatures(taps, roiHeads.weights);
    try {
      const seen = rpnTap === 'fused' ? fused : (taps[rpnTap] as tf.Tensor4D);
      const { boxes, objectness } = await rpn.propose(seen, size, {
        ...DEFAULT_PROPOSAL_OPTIONS,
        preNmsTopN: options.preNmsTopN,
        postNmsTopN: options.proposals.at(-1) as number,
      });
      const rows = await roiHeads.score(fused, boxes);
      const { scoreThreshold } = options;
      const detections = options.proposals.map((count) => {
        const found = roiHeads.select(
          rows.subarray(0, count * roiHeads.rowLength),
          boxes.subarray(0, 4 * count),
          size,
          { ...DEFAULT_DETECTION_OPTIONS, scoreThreshold },
        );
        const restored = restoreBoxes(packBoxes(found.map(({ box }) => box)), working, photo);
        return found.map(({ score, label }, at) => ({ box: boxAt(restored, at), score, label }));
      });
      return { proposals: restoreBoxes(boxes, working, photo), objectness, detections };
    } finally {
      tf.dispose([fused, taps as tf.NamedTensorMap]);
    }
  }

  dispose(): void {
    tf.dispose(this.made);
  }
}
