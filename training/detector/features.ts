/**
 * The feature cache: conv4_3 of every training photo, computed once by the frozen trunk and kept
 * on disk in half precision. conv1 to conv4 are nine tenths of VGG16's arithmetic; with the cache
 * a training step costs a third, and a second run with the same trunk pays nothing.
 *
 * Files lie under a folder whose name is a hash of what decides their content (trunk, version of
 * this format), one per photo and view, written whole or not at all.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { pictureTensor } from '../../src/core/detection/fasterRcnn.ts';
import { cropWorking, transform } from '../../src/core/detection/transform.ts';
import type { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { fromFloat16, toFloat16 } from '../../src/core/models/float16.ts';
import { plainMessage, UserError } from '../console.ts';
import { readPicture } from '../images.ts';
import type { TrainingPhoto } from './dataset.ts';
import type { View } from './views.ts';

/** Raise it when what the cache holds is computed differently. */
const FORMAT = 2;
const HEADER_VALUES = 4;

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
  ) {
    const key = createHash('sha256').update(JSON.stringify({ FORMAT, trunkHash })).digest('hex');
    this.folder = join(folder, key.slice(0, 12));
  }

  /** Whether the features of a view are there already. */
  has(photo: TrainingPhoto, view: View): boolean {
    return existsSync(this.pathOf(photo, view));
  }

  /**
   * conv4_3 of a view, from disk or computed now: `[1, rows, columns, 512]`, the caller's to dispose.
   * @throws UserError when the photo cannot be read, is not the one that was annotated, or its
   * features cannot be kept
   */
  async get(photo: TrainingPhoto, view: View): Promise<tf.Tensor4D> {
    const path = this.pathOf(photo, view);
    const kept = existsSync(path) ? readFeatures(path) : undefined;
    if (kept) return kept;
    const picture = await readPicture(photo.path);
    if (picture.width !== photo.width || picture.height !== photo.height) {
      throw new UserError(
        `${photo.path} is ${picture.width} x ${picture.height} pixels, but the annotations were made on ` +
          `${photo.width} x ${photo.height}; its boxes would lie in the wrong places.`,
      );
    }
    const { longSide, flip, window } = view;
    const whole = transform(picture, longSide, { flip });
    const input = pictureTensor(window ? cropWorking(whole, window) : whole);
    const conv4 = this.trunk.forward(input, { taps: ['conv4_3'] }).conv4_3 as tf.Tensor4D;
    input.dispose();
    await writeFeatures(path, conv4);
    return conv4;
  }

  private pathOf({ key }: TrainingPhoto, { longSide, flip, window }: View): string {
    const part = window ? `+${window.left}+${window.top}+${window.width}x${window.height}` : '';
    return join(this.folder, `${key}@${longSide}${part}${flip ? '.flip' : ''}.f16`);
  }
}

/** A header of sizes as float32, then the values as float16. */
async function writeFeatures(path: string, conv4: tf.Tensor4D): Promise<void> {
  const [, rows, columns, channels] = conv4.shape;
  const header = Float32Array.of(rows, columns, channels, FORMAT);
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
function readFeatures(path: string): tf.Tensor4D | undefined {
  const bytes = readFileSync(path);
  if (bytes.byteLength < 4 * HEADER_VALUES) return undefined;
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const [rows = 0, columns = 0, channels = 0] = new Float32Array(copy, 0, HEADER_VALUES);
  if (copy.byteLength !== 4 * HEADER_VALUES + 2 * rows * columns * channels) return undefined;
  const values = fromFloat16(new Uint16Array(copy, 4 * HEADER_VALUES));
  return tf.tensor4d(values, [1, rows, columns, channels]);
}
