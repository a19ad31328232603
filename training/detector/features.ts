/**
 * The feature cache: conv4_3 of every training photo, computed once by the frozen trunk and kept
 * on disk in half precision. conv1 to conv4 are nine tenths of VGG16's arithmetic; with the cache
 * a training step costs a third, and a second run with the same trunk pays nothing.
 *
 * Files lie under a folder whose name is a hash of what decides their content (trunk, working
 * size, version of this format), one per photo and mirroring, written whole or not at all.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { pictureTensor } from '../../src/core/detection/fasterRcnn.ts';
import { transform } from '../../src/core/detection/transform.ts';
import type { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { fromFloat16, toFloat16 } from '../../src/core/models/float16.ts';
import { plainMessage, UserError } from '../console.ts';
import { readPicture } from '../images.ts';
import type { Turn } from './dataset.ts';

/** Raise it when what the cache holds is computed differently. */
const FORMAT = 1;
const HEADER_VALUES = 8;

/** conv4_3 of one working picture. */
export interface CachedFeatures {
  /** `[1, rows, columns, 512]`, the caller's to dispose */
  readonly conv4: tf.Tensor4D;
  /** the working picture's size without padding, and its pixels per pixel of the photo */
  readonly width: number;
  readonly height: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

export class FeatureCache {
  private readonly folder: string;

  /**
   * @param folder where caches of all kinds lie
   * @param trunkHash says which weights the trunk has
   */
  constructor(
    folder: string,
    private readonly trunk: Vgg16,
    trunkHash: string,
    private readonly workingSize: number,
  ) {
    const key = createHash('sha256')
      .update(JSON.stringify({ FORMAT, trunkHash, workingSize }))
      .digest('hex');
    this.folder = join(folder, key.slice(0, 12));
  }

  /**
   * The features of one turn, from disk or computed now.
   * @throws UserError when the photo cannot be read, is not the one that was annotated, or its
   * features cannot be kept
   */
  async get({ photo, flip }: Turn): Promise<CachedFeatures> {
    const path = join(this.folder, `${photo.key}${flip ? '.flip' : ''}.f16`);
    const kept = existsSync(path) ? readFeatures(path) : undefined;
    if (kept) return kept;
    const picture = await readPicture(photo.path);
    if (picture.width !== photo.width || picture.height !== photo.height) {
      throw new UserError(
        `${photo.path} is ${picture.width} x ${picture.height} pixels, but the annotations were made on ` +
          `${photo.width} x ${photo.height}; its boxes would lie in the wrong places.`,
      );
    }
    const working = transform(picture, this.workingSize, { flip });
    const input = pictureTensor(working);
    const conv4 = this.trunk.forward(input, { taps: ['conv4_3'] }).conv4_3 as tf.Tensor4D;
    input.dispose();
    const features: CachedFeatures = {
      conv4,
      width: working.width,
      height: working.height,
      scaleX: working.scaleX,
      scaleY: working.scaleY,
    };
    await writeFeatures(path, features);
    return features;
  }
}

/** A header of sizes as float32, then the values as float16. */
async function writeFeatures(path: string, features: CachedFeatures): Promise<void> {
  const { conv4, width, height, scaleX, scaleY } = features;
  const [, rows, columns, channels] = conv4.shape;
  const header = Float32Array.of(rows, columns, channels, width, height, scaleX, scaleY, FORMAT);
  const halves = toFloat16((await conv4.data()) as Float32Array);
  const partial = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      partial,
      Buffer.concat([Buffer.from(header.buffer), Buffer.from(halves.buffer, 0, halves.byteLength)]),
    );
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new UserError(
      `The trunk's features cannot be kept in ${dirname(path)}: ${plainMessage(error)}; make room, or name another --cache folder.`,
    );
  }
}

/** Undefined where the file is not whole: its features are then computed again. */
function readFeatures(path: string): CachedFeatures | undefined {
  const bytes = readFileSync(path);
  if (bytes.byteLength < 4 * HEADER_VALUES) return undefined;
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const header = new Float32Array(copy, 0, HEADER_VALUES);
  const [rows, columns, channels, width, height, scaleX, scaleY] = header as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (copy.byteLength !== 4 * HEADER_VALUES + 2 * rows * columns * channels) return undefined;
  const values = fromFloat16(new Uint16Array(copy, 4 * HEADER_VALUES));
  return {
    conv4: tf.tensor4d(values, [1, rows, columns, channels]),
    width,
    height,
    scaleX,
    scaleY,
  };
}
