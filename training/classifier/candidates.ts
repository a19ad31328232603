/**
 * What the detector finds in photos before anything is classified again: its proposals and its
 * candidates (detections down to a low score), kept on disk, for the detector does not change while
 * heads are trained and scored. For the quick look at a whole photo the trunk's part comes from the
 * feature cache, where training of the detector may have left it already.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { boxAt, packBoxes } from '../../src/core/boxes/box.ts';
import { CANDIDATE_OPTIONS } from '../../src/core/classification/merge.ts';
import type { DetectionResult, FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { detectWithLook, type Look } from '../../src/core/detection/looks.ts';
import { fuseFeatures } from '../../src/core/detection/roiHeads.ts';
import { DEFAULT_PROPOSAL_OPTIONS } from '../../src/core/detection/rpn.ts';
import { restoreBoxes, workingDimensions } from '../../src/core/detection/transform.ts';
import type { LoadedModel } from '../../src/core/models/loader.ts';
import { convolvesInBfloat16 } from '../bfloat16.ts';
import type { TrainingPhoto } from '../detector/dataset.ts';
import { FeatureCache } from '../detector/features.ts';
import { readPicture } from '../images.ts';

/** Raise it when what is kept is computed differently. */
const FORMAT = 1;

export type Candidates = Pick<DetectionResult, 'detections' | 'proposals'>;

export class CandidateSource {
  readonly detector: FasterRcnn;
  private readonly folder: string;
  private readonly features: FeatureCache;

  /**
   * @param cache the folder of all caches
   * @param model the detector's; stays the caller's
   * @param look how closely photos are looked at
   */
  constructor(
    cache: string,
    model: LoadedModel,
    private readonly look: Look,
  ) {
    this.detector = detectorFromModel(model);
    this.features = FeatureCache.of(join(cache, 'features'), model);
    const shards = model.manifest.groups.flatMap((group) => group.shards.map((one) => one.sha256));
    const { architecture, classes } = model.manifest;
    const content = {
      FORMAT,
      shards,
      architecture,
      classes,
      look,
      bfloat16: convolvesInBfloat16(),
    };
    const key = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
    this.folder = join(cache, 'candidates', key);
  }

  /**
   * Proposals and candidates of a photo, from disk or computed now and kept.
   * @throws UserError when the photo cannot be read
   */
  async get(photo: TrainingPhoto): Promise<Candidates> {
    const path = join(this.folder, `${photo.key}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Candidates;
    const { detections, proposals } = await this.compute(photo);
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.${process.pid}.part`;
    writeFileSync(partial, JSON.stringify({ detections, proposals }));
    renameSync(partial, path);
    return { detections, proposals };
  }

  private async compute(photo: TrainingPhoto): Promise<Candidates> {
    const { workingSize, alsoAt, slices } = this.look;
    const whole = alsoAt === undefined && !slices && workingSize === this.detector.workingSize;
    if (whole && ['fused', 'conv4_3', 'conv5_3'].includes(this.detector.rpnTap)) {
      return this.fromFeatures(photo);
    }
    const picture = await readPicture(photo.path);
    return detectWithLook(this.detector, picture, this.look, CANDIDATE_OPTIONS);
  }

  /** The same as `FasterRcnn.detect`, behind the trunk. */
  private async fromFeatures(photo: TrainingPhoto): Promise<Candidates> {
    const { detector } = this;
    const { workingSize, rpn, rpnTap, roiHeads, classes } = detector;
    const size = workingDimensions(photo.width, photo.height, workingSize);
    const working = { scaleX: size.width / photo.width, scaleY: size.height / photo.height };
    const view = { longSide: workingSize, flip: false };
    const features = await this.features.get(photo, view, ['conv4_3', 'conv5_3']);
    const fused = fuseFeatures(features, roiHeads.weights);
    try {
      const seen = rpnTap === 'fused' ? fused : (features[rpnTap] as tf.Tensor4D);
      const found = await rpn.propose(seen, size, DEFAULT_PROPOSAL_OPTIONS);
      const values = await roiHeads.score(fused, found.boxes);
      const scored = roiHeads.select(values, found.boxes, size, CANDIDATE_OPTIONS);
      const restored = (boxes: Float32Array) => restoreBoxes(boxes, working, photo);
      const [boxes, anchors] = [restored(found.boxes), restored(found.anchors)];
      const refined = restored(packBoxes(scored.map(({ box }) => box)));
      return {
        proposals: Array.from(found.objectness, (objectness, at) => ({
          box: boxAt(boxes, at),
          objectness,
          anchor: boxAt(anchors, at),
        })),
        detections: scored.map(({ score, label, proposal }, at) => ({
          box: boxAt(refined, at),
          score,
          label,
          className: classes[label]?.name ?? '',
          proposal,
        })),
      };
    } finally {
      tf.dispose([fused, features as tf.NamedTensorMap]);
    }
  }
}
