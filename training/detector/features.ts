/**
 * The feature cache: what the frozen trunk says of every photo, computed once and kept on disk in
 * half precision. conv4_3 is always there: conv1 to conv4 are nine tenths of VGG16's arithmetic.
 * Where conv5 is frozen too, conv5_3 is kept beside it, and conv3_3 where an RPN slides over it:
 * a training step then runs no layer of the trunk, and neither does the scoring of a run.
 *
 * Files lie under a folder whose name is a hash of what decides their content (the layers up to
 * there, the version of this format), one per photo, view and tap, written whole or not at all.
 * What is given back is always what the disk holds, rounded: a run that finds the cache empty and
 * one that finds it full compute the same.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { pictureTensor } from '../../src/core/detection/fasterRcnn.ts';
import {
  cropWorking,
  SIZE_MULTIPLE,
  transform,
  type WorkingPicture,
} from '../../src/core/detection/transform.ts';
import {
  TAP_STRIDES,
  type Tap,
  type TapFeatures,
  VGG16_LAYERS,
  Vgg16,
} from '../../src/core/detection/vgg16.ts';
import { fromFloat16, toFloat16 } from '../../src/core/models/float16.ts';
import type { LoadedModel } from '../../src/core/models/loader.ts';
import { convolvesInBfloat16 } from '../bfloat16.ts';
import { plainMessage, UserError } from '../console.ts';
import { readPicture } from '../images.ts';
import { tensorflow, widenHalves } from '../tensorflow.ts';
import type { TrainingConfig } from './config.ts';
import { layOver } from './copyPaste.ts';
import type { TrainingPhoto } from './dataset.ts';
import { type View, viewName, viewSize } from './viewGeometry.ts';

/** Raise it when what the cache holds is computed differently. */
const FORMAT = 2;
const HEADER_VALUES = 4;

/** What a training with this config needs, its scoring included. */
export function neededTaps({ detector, trainConv5 }: TrainingConfig): Tap[] {
  return [
    ...(detector.rpn.tap === 'conv3_3' ? (['conv3_3'] as const) : []),
    'conv4_3',
    ...(trainConv5 ? [] : (['conv5_3'] as const)),
  ];
}

/** What a step of it reads: where the RPN is trained alone, what that slides over. */
export function stepTaps(config: TrainingConfig): Tap[] {
  const { tap } = config.detector.rpn;
  return config.trainRoiHeads === false && tap !== 'fused' ? [tap] : neededTaps(config);
}

export class FeatureCache {
  private readonly folders: Readonly<Record<Tap, string>>;

  /**
   * @param folder where caches of all kinds lie
   * @param trunkHash says which weights conv1 to conv4 have
   * @param conv5Hash says which weights conv5 has
   */
  constructor(
    readonly folder: string,
    private readonly trunk: Vgg16,
    trunkHash: string,
    conv5Hash: string,
  ) {
    const named = (content: object) => {
      const key = createHash('sha256').update(JSON.stringify(content)).digest('hex');
      return join(folder, key.slice(0, 12));
    };
    const format = { FORMAT, ...(convolvesInBfloat16() && { bfloat16: true }) };
    const early = named({ ...format, trunkHash });
    const conv5_3 = named({ ...format, trunkHash, conv5Hash });
    this.folders = { conv3_3: early, conv4_3: early, conv5_3 };
  }

  /** The cache of a trunk's model folder. */
  static of(folder: string, { weights, manifest }: LoadedModel): FeatureCache {
    const hashOf = (group: string) => {
      const shards = manifest.groups.find(({ name }) => name === group)?.shards;
      return shards?.map(({ sha256 }) => sha256).join() ?? manifest.name;
    };
    return new FeatureCache(folder, new Vgg16(weights), hashOf('conv1-4'), hashOf('conv5'));
  }

  /** Bytes that the features of a view still need on disk; 0 where all are there. */
  missingBytes(photo: TrainingPhoto, view: View, taps: readonly Tap[] = ['conv4_3']): number {
    const { width, height } = viewSize(photo, view);
    const cells = (pixels: number, stride: number) =>
      (Math.ceil(pixels / SIZE_MULTIPLE) * SIZE_MULTIPLE) / stride;
    return taps
      .filter((tap) => !existsSync(this.pathOf(photo, view, tap)))
      .map((tap) => {
        const stride = TAP_STRIDES[tap];
        return 2 * cells(width, stride) * cells(height, stride) * channelsOf(tap);
      })
      .reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * The features of a view, from disk or computed now and kept.
   *
   * @returns `[1, rows, columns, channels]` of every tap that is wanted, the caller's to dispose
   * @throws UserError when the photo cannot be read, is not the one that was annotated, or its
   * features cannot be kept
   */
  async get(
    photo: TrainingPhoto,
    view: View,
    taps: readonly Tap[] = ['conv4_3'],
  ): Promise<TapFeatures> {
    const features: TapFeatures = {};
    try {
      for (const tap of taps) {
        const kept = readFeatures(this.pathOf(photo, view, tap));
        if (kept) features[tap] = kept;
      }
      const early = (['conv3_3', 'conv4_3'] as const).filter(
        (tap) => taps.includes(tap) && !features[tap],
      );
      if (early.length > 0) {
        const input = await pictureOf(photo, view);
        const computed = this.trunk.forward(input, { taps: early });
        input.dispose();
        for (const tap of early) {
          features[tap] = await this.keep(photo, view, tap, computed[tap] as tf.Tensor4D);
        }
      }
      if (taps.includes('conv5_3') && !features.conv5_3) {
        // It is computed from conv4_3 as that is kept.
        const { conv4_3 } = features.conv4_3 ? features : await this.get(photo, view);
        const options = { from: 'conv4_3', taps: ['conv5_3'] } as const;
        const computed = this.trunk.forward(conv4_3 as tf.Tensor4D, options);
        if (!features.conv4_3) conv4_3?.dispose();
        features.conv5_3 = await this.keep(photo, view, 'conv5_3', computed.conv5_3 as tf.Tensor4D);
      }
      return features;
    } catch (error) {
      tf.dispose(features as tf.NamedTensorMap);
      throw error;
    }
  }

  /** Writes what was computed and gives it back as it was written. */
  private async keep(
    photo: TrainingPhoto,
    view: View,
    tap: Tap,
    computed: tf.Tensor4D,
  ): Promise<tf.Tensor4D> {
    const { shape } = computed;
    const halves = toFloat16((await computed.data()) as Float32Array);
    computed.dispose();
    writeFeatures(this.pathOf(photo, view, tap), shape, halves);
    return tensorOf(halves, shape);
  }

  private pathOf({ key }: TrainingPhoto, view: View, tap: Tap): string {
    const of = tap === 'conv4_3' ? '' : `.${tap}`;
    return join(this.folders[tap], `${key}@${viewName(view)}${of}.f16`);
  }
}

function channelsOf(tap: Tap): number {
  return VGG16_LAYERS.find(({ name }) => name === tap)?.filters ?? 0;
}

/** What the trunk sees: `[1, height, width, 3]`. */
async function pictureOf(photo: TrainingPhoto, view: View): Promise<tf.Tensor4D> {
  const picture = await workingPicture(photo, view);
  for (const object of view.pasted ?? []) {
    layOver(picture, await workingPicture(object.photo, object.cut), object);
  }
  return pictureTensor(picture);
}

/** A view of a photo, as it is without anything pasted into it. */
async function workingPicture(photo: TrainingPhoto, view: View): Promise<WorkingPicture> {
  const picture = await readPicture(photo.path);
  if (picture.width !== photo.width || picture.height !== photo.height) {
    throw new UserError(
      `${photo.path} is ${picture.width} x ${picture.height} pixels, but the annotations were made on ` +
        `${photo.width} x ${photo.height}; its boxes would lie in the wrong places.`,
    );
  }
  const { longSide, flip, window } = view;
  const whole = transform(picture, longSide, { flip });
  return window ? cropWorking(whole, window) : whole;
}

/** A header of sizes as float32, then the values as float16. */
function writeFeatures(path: string, shape: readonly number[], halves: Uint16Array): void {
  const header = Float32Array.of(...shape.slice(1), FORMAT);
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

/** Undefined where there is no file or it is not whole: its features are then computed again. */
function readFeatures(path: string): tf.Tensor4D | undefined {
  if (!existsSync(path)) return undefined;
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  if (byteLength < 4 * HEADER_VALUES) return undefined;
  const header = new Float32Array(buffer.slice(byteOffset, byteOffset + 4 * HEADER_VALUES));
  const [rows = 0, columns = 0, channels = 0] = header;
  const values = rows * columns * channels;
  if (byteLength !== 4 * HEADER_VALUES + 2 * values) return undefined;
  const halves = new Uint16Array(buffer, byteOffset + 4 * HEADER_VALUES, values);
  return tensorOf(halves, [1, rows, columns, channels]);
}

function tensorOf(halves: Uint16Array, shape: tf.Tensor4D['shape']): tf.Tensor4D {
  const backend = tensorflow();
  return backend
    ? (widenHalves(backend, halves, shape) as tf.Tensor4D)
    : tf.tensor4d(fromFloat16(halves), shape);
}
