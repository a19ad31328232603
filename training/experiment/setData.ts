/**
 * The data of one set of an experiment, read and checked whole before anything is trained: photos
 * and ground truth of every split, and a hash of all files, which says what a run was made of.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CocoGroundTruth } from '../../src/core/evaluation/cocoJson.ts';
import { readCheckedTruth } from '../detector/checks.ts';
import { readDataset, type TrainingPhoto } from '../detector/dataset.ts';
import type { Experiment, ExperimentSet } from './schema.ts';

export interface SplitData {
  readonly photos: readonly TrainingPhoto[];
  /** of the set's own classes alone */
  readonly truth: CocoGroundTruth;
}

export interface SetData {
  readonly train: SplitData;
  /** the splits that are scored, by name */
  readonly scored: ReadonlyMap<string, SplitData>;
  /** SHA-256 over the annotation files and photos of all these splits */
  readonly hash: string;
}

/**
 * Reads a set.
 * @throws UserError as `readCheckedTruth` and `readDataset`
 */
export async function readSetData(
  set: ExperimentSet,
  splits: Experiment['splits'],
): Promise<SetData> {
  const hash = createHash('sha256');
  const read = async (split: string): Promise<SplitData> => {
    const annotations = set.annotations[split] as string;
    const truth = await readCheckedTruth(annotations, set.images);
    const labels = set.classes.map(({ name }) => name);
    const { name, images } = set;
    const photos = readDataset({ name, annotations, images, labels, repeat: 1 }, set.classes);
    hash.update(readFileSync(annotations));
    for (const { path } of photos) hash.update(readFileSync(path));
    return { photos, truth: ofClasses(truth, labels) };
  };
  const train = await read('train');
  const scored = new Map<string, SplitData>();
  for (const split of new Set(Object.values(splits))) scored.set(split, await read(split));
  return { train, scored, hash: hash.digest('hex') };
}

/** The part of a ground truth that is of these classes. */
function ofClasses(truth: CocoGroundTruth, names: readonly string[]): CocoGroundTruth {
  const categories = truth.categories.filter(({ name }) => names.includes(name));
  const ids = new Set(categories.map(({ id }) => id));
  const annotations = truth.annotations.filter(({ category_id }) => ids.has(category_id));
  return { images: truth.images, categories, annotations };
}
