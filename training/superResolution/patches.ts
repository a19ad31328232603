/**
 * Training data for super-resolution: pairs of patches, what bicubic interpolation makes of a small
 * patch and what it should be. Pictures are decoded and made small when they are first drawn, and kept.
 * What a step sees follows from the seed and the step's number alone, so a run resumes exactly.
 */
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { BICUBIC_RADIUS, bicubicResize } from '../../src/core/superResolution/bicubic.ts';
import type { Samples } from '../../src/core/superResolution/luma.ts';
import { toBytes } from '../../src/core/superResolution/upscale.ts';
import { UserError } from '../console.ts';
import { seededRandom } from '../detector/random.ts';
import { listPhotos } from '../photoList.ts';
import type { SrConfig } from './config.ts';
import { cropToMultiple, readLuma, shrink } from './scoring.ts';

/** The paths of a config's pictures. */
export interface Split {
  readonly train: readonly string[];
  /** held out */
  readonly validation: readonly string[];
}

/**
 * Lists the pictures and holds out every so manieth of each folder, in the order of their names.
 * @throws UserError for a folder that is not there or has no pictures to hold out and train on
 */
export async function splitOf({ data, validation }: SrConfig): Promise<Split> {
  const split = { train: [] as string[], validation: [] as string[] };
  for (const { images } of data) {
    for (const [index, { path }] of (await listPhotos([images])).entries()) {
      split[index % validation.every === 0 ? 'validation' : 'train'].push(path);
    }
  }
  if (split.train.length === 0) {
    throw new UserError(
      `There is no picture left to train on: one of ${validation.every} is held out, and the folders have ${split.validation.length}.`,
    );
  }
  return split;
}

/** Patches of all scales, `[batch, patch, patch, 1]`, luma of 0..255; the caller's to dispose. */
export interface Batch {
  readonly bicubic: tf.Tensor4D;
  readonly truth: tf.Tensor4D;
}

/** A patch before it is enlarged: with a margin, so that the enlarged patch has no edge of its own. */
interface Pair {
  readonly scale: number;
  readonly small: Uint8Array;
  readonly truth: Uint8Array;
}

export class PatchSource {
  private readonly pictures = new Map<string, Promise<Samples>>();

  constructor(
    private readonly config: SrConfig,
    private readonly paths: readonly string[],
  ) {}

  /**
   * The patches of a step.
   * @throws UserError when a picture cannot be read or is smaller than a patch
   */
  async batch(step: number): Promise<Batch> {
    const { batch, seed, network, patch } = this.config;
    const random = seededRandom(seed, step);
    const pairs: Pair[] = [];
    for (let i = 0; i < batch; i++) pairs.push(await this.pair(random));
    return tf.tidy(() => {
      const ofScales = network.scales.flatMap((scale) => {
        const some = pairs.filter((pair) => pair.scale === scale);
        return some.length > 0 ? [enlarged(some, scale, patch)] : [];
      });
      return {
        bicubic: tf.concat(ofScales.map(({ bicubic }) => bicubic)),
        truth: tf.concat(ofScales.map(({ truth }) => truth)),
      };
    });
  }

  private async pair(random: () => number): Promise<Pair> {
    const { network, patch, jpeg } = this.config;
    const path = pick(this.paths, random);
    const scale = pick(network.scales, random);
    const truth = await this.picture(path, 1);
    const small = await this.picture(path, scale);
    const side = patch / scale + 2 * BICUBIC_RADIUS;
    if (Math.min(small.width, small.height) < side) {
      throw new UserError(
        `${path} is ${truth.width} x ${truth.height} pixels, too small for patches of ${patch}; take it away, or give the config a smaller "patch".`,
      );
    }
    const left = Math.floor(random() * (small.width - side + 1));
    const top = Math.floor(random() * (small.height - side + 1));
    const turn = Math.floor(random() * 8);
    const [isJpeg, quality] = [random(), random()];
    let window = squareOf(small, left, top, side, turn);
    if (jpeg && isJpeg < jpeg.share) {
      const [least, most] = jpeg.quality;
      window = await throughJpeg(window, side, Math.round(least + quality * (most - least)));
    }
    const [x, y] = [left, top].map((at) => scale * (at + BICUBIC_RADIUS)) as [number, number];
    return { scale, small: window, truth: squareOf(truth, x, y, patch, turn) };
  }

  /** A picture made so many times smaller, rounded to 8 bits as photos are. */
  private picture(path: string, scale: number): Promise<Samples> {
    const key = `${scale}:${path}`;
    let picture = this.pictures.get(key);
    if (!picture) {
      picture = scale === 1 ? readLuma(path) : this.smaller(path, scale);
      this.pictures.set(key, picture);
    }
    return picture;
  }

  private async smaller(path: string, scale: number): Promise<Samples> {
    const whole = await this.picture(path, 1);
    const small = await shrink(cropToMultiple(whole, scale), scale);
    return { ...small, data: toBytes(small.data as Float32Array) };
  }
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

/**
 * A square of a picture, turned or mirrored.
 * @param turn 0..7: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 across the diagonal
 */
export function squareOf(
  { width, data }: Samples,
  left: number,
  top: number,
  side: number,
  turn: number,
): Uint8Array {
  const result = new Uint8Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let [x, y] = turn & 4 ? [row, column] : [column, row];
      if (turn & 1) x = side - 1 - x;
      if (turn & 2) y = side - 1 - y;
      result[row * side + column] = data[(top + y) * width + left + x] as number;
    }
  }
  return result;
}

async function throughJpeg(values: Uint8Array, side: number, quality: number): Promise<Uint8Array> {
  const raw = { width: side, height: side, channels: 1 } as const;
  const jpeg = await sharp(values, { raw }).jpeg({ quality }).toBuffer();
  return sharp(jpeg).toColourspace('b-w').raw({ depth: 'uchar' }).toBuffer();
}

/** Enlarges pairs of one scale and cuts their margins off. Call it inside a tidy. */
function enlarged(pairs: readonly Pair[], scale: number, patch: number): Batch {
  const stacked = (parts: readonly Uint8Array[], side: number) => {
    const values = new Float32Array(parts.length * side * side);
    parts.forEach((part, index) => {
      values.set(part, index * side * side);
    });
    return tf.tensor4d(values, [parts.length, side, side, 1]);
  };
  const side = patch / scale + 2 * BICUBIC_RADIUS;
  const small = stacked(
    pairs.map((pair) => pair.small),
    side,
  );
  const whole = bicubicResize(small, [scale * side, scale * side]);
  const margin = scale * BICUBIC_RADIUS;
  return {
    bicubic: tf.slice(whole, [0, margin, margin, 0], [pairs.length, patch, patch, 1]),
    truth: stacked(
      pairs.map((pair) => pair.truth),
      patch,
    ),
  };
}
