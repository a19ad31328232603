/**
 * The data of a run, read and checked whole before anything is trained: the photos it is trained
 * on, photos and ground truth of every split that is scored, and a hash of all files, which says
 * what the run was made of.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CocoGroundTruth } from '../../src/core/evaluation/cocoJson.ts';
import { readCheckedTruth } from '../detector/checks.ts';
import {
  readDataset,
  readTrainingSets,
  type TrainedOn,
  type TrainingPhoto,
  type TrainingSet,
} from '../detector/dataset.ts';
import type { Experiment, ExperimentSet } from './schema.ts';

export interface SplitData {
  readonly photos: readonly TrainingPhoto[];
  /** of the set's own classes alone */
  readonly truth: CocoGroundTruth;
}

export interface RunData {
  readonly training: readonly TrainingSet[];
  /** the splits that are scored, by name */
  readonly scored: ReadonlyMap<string, SplitData>;
  /** SHA-256 over the annotation files and photos of all these */
  readonly hash: string;
}

/**
 * Reads what a run is trained and scored on.
 * @throws UserError as `readCheckedTruth` and `readDataset`
 */
export async function readRunData(
  { set, config }: { readonly set: ExperimentSet; readonly config: TrainedOn },
  splits: Experiment['splits'],
): Promise<RunData> {
  const hash = createHash('sha256');
  const add = (annotations: readonly string[], photos: readonly TrainingPhoto[]) => {
    for (const path of annotations) hash.update(readFileSync(path));
    for (const { path } of photos) hash.update(readFileSync(path));
  };
  for (const { annotations, images } of config.data) await readCheckedTruth(annotations, images);
  const training = readTrainingSets(config);
  config.data.forEach(({ annotations, pseudo }, at) => {
    const files = pseudo ? [annotations, pseudo.annotations] : [annotations];
    add(files, training[at]?.photos ?? []);
  });
  const scored = new Map<string, SplitData>();
  const { name, images, classes } = set;
  const labels = classes.map((one) => one.name);
  for (const split of new Set(Object.values(splits))) {
    const annotations = set.annotations[split] as string;
    const truth = await readCheckedTruth(annotations, images);
    const photos = readDataset({ name, annotations, images, labels, repeat: 1 }, classes);
    add([annotations], photos);
    scored.set(split, { photos, truth: ofClasses(truth, labels) });
  }
  return { training, scored, hash: hash.digest('hex') };
}

/** The part of a ground truth that is of these classes. */
export function ofClasses(truth: CocoGroundTruth, names: readonly string[]): CocoGroundTruth {
  const categories = truth.categories.filter(({ name }) => names.includes(name));
  const ids = new Set(categories.map(({ id }) => id));
  const annotations = truth.annotations.filter(({ category_id }) => ids.has(category_id));
  return { images: truth.images, categories, annotations };
}
