/**
 * The second half of the paper's Figure 2: each proposal is cut out of the original picture with what
 * is around it, upscaled, sharpened by RED-Net where that is asked for, and classified again by the
 * detector's own VGG16 trunk with a small head. There is one head for each kind of upscaling, so that
 * each gets its fair chance.
 *
 * It works in batches and gives out each as soon as it is done: one upload, one readback. Whoever
 * listens may stop between batches (by leaving the loop, or by the signal) or between layers (by the
 * signal); nothing stays on the device then.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Box } from '../boxes/box.ts';
import type { Tile } from '../detection/slices.ts';
import type { CancelToken, DetectorClass, Picture } from '../detection/types.ts';
import type { Vgg16 } from '../detection/vgg16.ts';
import type { WeightMap } from '../models/weights.ts';
import { requireFinite } from '../superResolution/finite.ts';
import type { RedNet } from '../superResolution/redNet.ts';
import { toBytes } from '../superResolution/upscale.ts';
import type { ClassifierConfig, HeadKind } from './config.ts';
import { classifierHead } from './head.ts';
import { type Cut, cropFeatures, cropPixels, cutProposal } from './sight.ts';

export interface ClassifyOptions {
  readonly upscaling: HeadKind;
  /** also gives out the pixels that were seen */
  readonly crops?: boolean;
  readonly signal?: CancelToken;
  /** awaited between layers, with the share of the work that is done (0..1): the moment to breathe */
  readonly onProgress?: (fraction: number) => Promise<void> | void;
}

/** The pixels of a crop, `[side * side * 3]` RGB. */
export interface Crop {
  readonly side: number;
  /** what of the picture it shows, in pixels of it; may reach beyond its edges */
  readonly window: Tile;
  /** resampled by bicubic interpolation alone */
  readonly bicubic: Uint8ClampedArray;
  /** what RED-Net made of it; absent without super-resolution, and where nothing was enlarged */
  readonly sharpened?: Uint8ClampedArray;
}

export interface ClassifiedProposal {
  /** its place among the boxes that were given */
  readonly index: number;
  /** probabilities, `[classes + 1]`: the background, then the model's classes */
  readonly scores: Float32Array;
  /** by how much the picture was enlarged for it; below 1 it was shrunk */
  readonly enlargement: number;
  readonly crop?: Crop;
}

/**
 * Proposals at a time: the least that one waits for, and can be stopped in. Four crops of 96 pixels
 * cost as much as a tenth of a photo at 640.
 */
export const BATCH_SIZE = 4;

export class ProposalClassifier {
  /**
   * @param trunk the detector's, on whose features the heads were trained; stays the caller's
   * @param weights of the heads; stay the caller's
   * @param redNet needed for super-resolution alone; stays the caller's
   */
  constructor(
    readonly config: ClassifierConfig,
    readonly classes: readonly DetectorClass[],
    private readonly trunk: Vgg16,
    private readonly weights: WeightMap,
    private readonly redNet?: RedNet,
  ) {}

  /** The kinds of upscaling that can be had: those with a head, and super-resolution only with its network. */
  get kinds(): HeadKind[] {
    return this.config.kinds.filter((kind) => kind === 'bicubic' || this.redNet !== undefined);
  }

  /**
   * Classifies what is at these boxes, batch after batch in the order given.
   *
   * @param boxes in pixels of the picture; may reach beyond it
   * @throws RangeError for a kind of upscaling that cannot be had, or a box that is not of finite
   * numbers; NotFiniteError where the backend computes something that is no number; whatever the
   * signal or `onProgress` throws
   */
  async *classify(
    picture: Picture,
    boxes: readonly Box[],
    options: ClassifyOptions & { readonly batchSize?: number },
  ): AsyncGenerator<ClassifiedProposal[], void, undefined> {
    const { upscaling, batchSize = BATCH_SIZE, signal, onProgress } = options;
    for (let first = 0; first < boxes.length; first += batchSize) {
      signal?.throwIfAborted();
      const cuts = this.cut(picture, boxes.slice(first, first + batchSize), upscaling);
      const batch = await this.classifyCuts(cuts, {
        ...options,
        onProgress: (share) => onProgress?.((first + share * cuts.length) / boxes.length),
      });
      yield batch.map((one) => ({ ...one, index: first + one.index }));
    }
  }

  /**
   * Cuts boxes out of their picture, to be classified here or by another engine: plain data.
   * @throws RangeError as `classify`
   */
  cut(picture: Picture, boxes: readonly Box[], upscaling: HeadKind): Cut[] {
    if (!this.kinds.includes(upscaling)) {
      throw new RangeError(`This classifier cannot be used with ${upscaling}.`);
    }
    return boxes.map((box) => cutProposal(picture, box, this.config.crop, upscaling));
  }

  /**
   * Classifies one batch; `index` is the place among the cuts.
   *
   * @param cuts at least one, of the kind of upscaling that `options` name
   * @throws as `classify`
   */
  async classifyCuts(
    cuts: readonly Cut[],
    { upscaling, crops = false, signal, onProgress }: ClassifyOptions,
  ): Promise<ClassifiedProposal[]> {
    const pause = async (share: number) => {
      await onProgress?.(share);
      signal?.throwIfAborted();
    };
    const answer = await this.submit(cuts, { upscaling, crops }, pause);
    try {
      const values = (await answer.data()) as Float32Array;
      requireFinite(values, 'proposals were classified again');
      return cuts.map((cut, row) => this.result(cut, row, values, cuts.length, crops));
    } finally {
      answer.dispose();
    }
  }

  /**
   * Goes through batches of all kinds without their answers: for their kernels, where these must be
   * compiled first (detection/rehearsal.ts).
   *
   * @throws what `classify` throws. Nothing stays allocated.
   */
  async rehearse(
    upscaling: HeadKind,
    batchSize: number = BATCH_SIZE,
    signal?: CancelToken,
  ): Promise<void> {
    const side = 2 * this.config.crop.side;
    const data = new Uint8Array(side * side * 3).fill(128);
    const picture = { width: side, height: side, channels: 3 as const, data };
    const [enlarged, shrunk]: [Box, Box] = [
      [0, 0, 8, 8],
      [0, 0, side, side],
    ];
    const batches = [new Array<Box>(batchSize).fill(enlarged), [enlarged, shrunk], [enlarged]];
    for (const boxes of batches) {
      const cuts = this.cut(picture, boxes, upscaling);
      const crops = boxes.length === 1; // a region that a person asks for is shown
      const pause = () => signal?.throwIfAborted();
      (await this.submit(cuts, { upscaling, crops }, pause)).dispose();
    }
  }

  /** All scores of a batch, then the pixels that were seen where they are wanted; on the device. */
  private async submit(
    cuts: readonly Cut[],
    { upscaling, crops = false }: ClassifyOptions,
    pause: (share: number) => Promise<void> | void,
  ): Promise<tf.Tensor1D> {
    const readsPixels = crops && cuts.some(({ sharpens }) => sharpens);
    const pixels = cropPixels(cuts, this.config.crop.side, this.redNet);
    let pooled: tf.Tensor2D | undefined;
    try {
      pooled = await cropFeatures(this.trunk, pixels, this.config.head, pause);
      return tf.tidy(() => {
        const logits = classifierHead(pooled as tf.Tensor2D, this.weights, upscaling);
        const parts: tf.Tensor[] = [tf.softmax(logits), ...(readsPixels ? [pixels] : [])];
        return tf.concat1d(parts.map((part) => tf.reshape(part, [-1]) as tf.Tensor1D));
      });
    } finally {
      tf.dispose([pixels, pooled]);
    }
  }

  /** One proposal's part of the readback: all scores come first, then all pixels where there are any. */
  private result(
    { window, enlargement, sharpens, pixels }: Cut,
    row: number,
    values: Float32Array,
    count: number,
    crops: boolean,
  ): ClassifiedProposal {
    const { side } = this.config.crop;
    const [scores, area] = [this.classes.length + 1, 3 * side * side];
    const seen = count * scores + row * area;
    const sharpened = sharpens && { sharpened: toBytes(values.subarray(seen, seen + area)) };
    return {
      index: row,
      scores: values.slice(row * scores, (row + 1) * scores),
      enlargement,
      ...(crops && { crop: { side, window, bicubic: toBytes(pixels), ...sharpened } }),
    };
  }
}
