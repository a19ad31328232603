/**
 * The networks that a classifier is trained and scored with: the detector's and, where a kind of
 * upscaling needs it, RED-Net; loaded once, with what tells their weights apart.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { detectorConfigOf } from '../../src/core/detection/fromModel.ts';
import { trunkHashes } from '../../src/core/detection/trunk.ts';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import { UserError } from '../console.ts';
import { createFileSource } from '../fileSource.ts';
import type { ClassifierTraining } from './config.ts';
import { CropCache } from './cropCache.ts';

export interface LoadedSight {
  readonly detector: LoadedModel;
  /** SHA-256 of the trunk's shards */
  readonly trunkHashes: readonly string[];
  /** SHA-256 of its shards, where it is loaded */
  readonly redNetFingerprint: string | undefined;
  /** pixels of the long side at which the detector looks, as it was trained */
  readonly workingSize: number;
  readonly crops: CropCache;
  dispose(): void;
}

/**
 * Loads them; the tfjs backend must be set.
 *
 * @param cache the folder of all caches
 * @throws UserError where RED-Net is not there; ModelError for a folder that is no good
 */
export async function loadSight(
  config: Pick<ClassifierTraining, 'detector' | 'redNet' | 'kinds' | 'crop' | 'head'>,
  cache: string,
): Promise<LoadedSight> {
  const detector = await loadModel(createFileSource(config.detector));
  const red = config.kinds.includes('super-resolution')
    ? await loadRedNet(config.redNet as string)
    : undefined;
  const hashes = trunkHashes(detector.manifest);
  const redNet = red && redNetFromModel(red);
  const redNetFingerprint = red?.manifest.groups
    .flatMap((group) => group.shards.map((one) => one.sha256))
    .join();
  const crops = new CropCache(cache, {
    trunk: new Vgg16(detector.weights),
    trunkHashes: hashes,
    ...(redNet && redNetFingerprint && { redNet, redNetFingerprint }),
    crop: config.crop,
    head: config.head,
  });
  return {
    detector,
    trunkHashes: hashes,
    redNetFingerprint,
    workingSize: detectorConfigOf(detector.manifest).workingSize,
    crops,
    dispose() {
      redNet?.dispose();
      red?.dispose();
      detector.dispose();
    },
  };
}

async function loadRedNet(folder: string): Promise<LoadedModel> {
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new UserError(
      `There is no RED-Net in ${folder}; train it first with "loupe train super-resolution", or leave out the kind super-resolution.`,
    );
  }
  return loadModel(createFileSource(folder));
}
