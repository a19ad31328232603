/**
 * What the trunk says of crops, kept on disk as float16: trunk and RED-Net do not change while heads
 * are trained and scored, so that a head of another seed, another rule of merging or another set of
 * classes costs seconds. One file a photo, kind of upscaling and list of boxes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Box, packBoxes } from '../../src/core/boxes/box.ts';
import type { CropConfig, HeadConfig, HeadKind } from '../../src/core/classification/config.ts';
import { headInputs } from '../../src/core/classification/head.ts';
import { cropFeatures, cropPixels, cutProposal } from '../../src/core/classification/sight.ts';
import type { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { fromFloat16, toFloat16 } from '../../src/core/models/float16.ts';
import { requireWeight } from '../../src/core/models/weights.ts';
import type { RedNet } from '../../src/core/superResolution/redNet.ts';
import { convolvesInBfloat16 } from '../bfloat16.ts';
import type { TrainingPhoto } from '../detector/dataset.ts';
import { readPicture } from '../images.ts';

/** Raise it when what is kept is computed differently. */
const FORMAT = 1;
/** Enough for the engine to be busy, few enough to stay in the processor's cache. */
const CROPS_AT_ONCE = 16;

/** What sees the crops, and what says which weights that has. */
export interface Sight {
  readonly trunk: Vgg16;
  /** SHA-256 of the trunk's shards */
  readonly trunkHashes: readonly string[];
  readonly redNet?: RedNet;
  readonly redNetFingerprint?: string;
  readonly crop: CropConfig;
  readonly head: Pick<HeadConfig, 'bins'>;
}

export class CropCache {
  /** numbers of each crop */
  readonly inputs: number;

  /** @param folder of all caches */
  constructor(
    private readonly folder: string,
    private readonly sight: Sight,
  ) {
    const { bins } = sight.head;
    const [channels] = requireWeight(sight.trunk.weights, 'conv5_3/bias').shape;
    this.inputs = headInputs({ bins, hidden: 1 }, channels);
  }

  /** Whether the features are there. */
  has(photo: TrainingPhoto, boxes: readonly Box[], kind: HeadKind): boolean {
    return existsSync(this.pathOf(photo, boxes, kind));
  }

  /**
   * Features of a photo's boxes, from disk or computed now and kept.
   *
   * @returns `[boxes * inputs]`
   * @throws UserError when the photo cannot be read
   */
  async get(photo: TrainingPhoto, boxes: readonly Box[], kind: HeadKind): Promise<Float32Array> {
    if (boxes.length === 0) return new Float32Array();
    const path = this.pathOf(photo, boxes, kind);
    if (existsSync(path)) {
      const { buffer, byteOffset, byteLength } = readFileSync(path);
      if (byteLength === 2 * boxes.length * this.inputs) {
        return fromFloat16(new Uint16Array(buffer.slice(byteOffset, byteOffset + byteLength)));
      }
    }
    const halves = toFloat16(await this.compute(photo, boxes, kind));
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.${process.pid}.part`;
    writeFileSync(partial, halves);
    renameSync(partial, path);
    return fromFloat16(halves);
  }

  private async compute(
    photo: TrainingPhoto,
    boxes: readonly Box[],
    kind: HeadKind,
  ): Promise<Float32Array> {
    const { trunk, redNet, crop, head } = this.sight;
    const picture = await readPicture(photo.path);
    const features = new Float32Array(boxes.length * this.inputs);
    for (let first = 0; first < boxes.length; first += CROPS_AT_ONCE) {
      const some = boxes.slice(first, first + CROPS_AT_ONCE);
      const cuts = some.map((box) => cutProposal(picture, box, crop, kind));
      const pixels = cropPixels(cuts, crop.side, redNet);
      const pooled = await cropFeatures(trunk, pixels, { ...head, hidden: 1 });
      features.set((await pooled.data()) as Float32Array, first * this.inputs);
      pixels.dispose();
      pooled.dispose();
    }
    return features;
  }

  private pathOf({ key }: TrainingPhoto, boxes: readonly Box[], kind: HeadKind): string {
    const { trunkHashes, redNetFingerprint, crop, head } = this.sight;
    const content = {
      FORMAT,
      kind,
      trunkHashes,
      ...(kind === 'super-resolution' && { redNetFingerprint }),
      crop,
      bins: head.bins,
      bfloat16: convolvesInBfloat16(),
    };
    const short = (text: string | Uint8Array) =>
      createHash('sha256').update(text).digest('hex').slice(0, 12);
    const packed = packBoxes(boxes);
    const ofBoxes = short(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength));
    return join(this.folder, 'crops', short(JSON.stringify(content)), `${key}@${ofBoxes}.f16`);
  }
}
