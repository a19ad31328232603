/**
 * All crops that a run learns from, as rows of features with what they are, and the order in which they
 * are drawn. Every batch holds so much background, and of the objects more of the rare classes than
 * there are; which rows a step sees follows from the seed and the step's number alone.
 */
import type { HeadKind } from '../../src/core/classification/config.ts';
import { plural, progressBar, say, UserError } from '../console.ts';
import { groupBy, readDataset, type TrainingPhoto } from '../detector/dataset.ts';
import { permutation, seededRandom } from '../detector/random.ts';
import type { CandidateSource } from './candidates.ts';
import type { ClassifierTraining } from './config.ts';
import type { CropCache } from './cropCache.ts';
import { type PhotoSamples, samplesOf } from './samples.ts';

export interface TrainingRows {
  readonly count: number;
  /** numbers of each row */
  readonly inputs: number;
  /** `[count * inputs]` of each kind */
  readonly features: ReadonlyMap<HeadKind, Float32Array>;
  /** `[count]`: 0 is background, k the class k - 1 */
  readonly targets: Int32Array;
  /** `[count]`: which of the data sets each row is of */
  readonly sets: Int32Array;
  /** of each set, for background and each class: 1 where it labels it */
  readonly labelled: readonly Float32Array[];
}

/**
 * Looks at all photos of a config, from the caches where it can.
 *
 * @returns undefined when it was told to stop before the end
 * @throws UserError for data that cannot be read
 */
export async function gatherRows(
  config: ClassifierTraining,
  candidates: CandidateSource,
  cache: CropCache,
  shouldStop: () => boolean,
): Promise<TrainingRows | undefined> {
  const { classes } = candidates.detector;
  const chosen = config.data.map((set) => drawn(readDataset(set, [...classes]), config));
  const photos = chosen.flatMap((some, set) => some.map((photo) => ({ photo, set })));
  const samples = await withProgress('Proposals', photos, shouldStop, async ({ photo }) => {
    return samplesOf(photo, await candidates.get(photo), config.sampling);
  });
  if (!samples) return undefined;
  const targets = Int32Array.from(samples.flatMap((one) => [...one.targets]));
  const count = targets.length;
  say(`${plural(count, 'crop')} of ${plural(photos.length, 'photo')}: ${counted(targets)}.`);
  const features = new Map<HeadKind, Float32Array>();
  for (const kind of config.kinds) {
    const rows = new Float32Array(count * cache.inputs);
    let at = 0;
    const done = await withProgress(
      `Crops, ${kind}`,
      photos,
      shouldStop,
      async ({ photo }, number) => {
        const { boxes } = samples[number] as PhotoSamples;
        rows.set(await cache.get(photo, boxes, kind), at);
        at += boxes.length * cache.inputs;
      },
    );
    if (!done) return undefined;
    features.set(kind, rows);
  }
  const sets = Int32Array.from(
    photos.flatMap(({ set }, number) => (samples[number] as PhotoSamples).boxes.map(() => set)),
  );
  const labelled = chosen.map((some) => (some[0] as TrainingPhoto).labelled);
  return { count, inputs: cache.inputs, features, targets, sets, labelled };
}

/** As many of a set's photos as the config wants, drawn by the sampling's seed. */
function drawn(
  photos: readonly TrainingPhoto[],
  { photosPerSet = photos.length, sampling }: ClassifierTraining,
): TrainingPhoto[] {
  if (photos.length === 0) throw new UserError('There is no photo to train on.');
  const order = permutation(photos.length, sampling.seed).slice(0, photosPerSet);
  return Array.from(order.toSorted(), (place) => photos[place] as TrainingPhoto);
}

/** Does the work for each, with a bar; undefined when it was told to stop before the end. */
export async function withProgress<T, Result>(
  label: string,
  items: readonly T[],
  shouldStop: () => boolean,
  work: (item: T, index: number) => Promise<Result>,
): Promise<Result[] | undefined> {
  const progress = progressBar(items.length, label);
  const results: Result[] = [];
  try {
    for (const [index, item] of items.entries()) {
      if (shouldStop()) return undefined;
      results.push(await work(item, index));
      progress.tick();
    }
    return results;
  } finally {
    progress.stop();
  }
}

function counted(targets: Int32Array): string {
  const backgrounds = targets.filter((target) => target === 0).length;
  return `${targets.length - backgrounds} of objects, ${backgrounds} of background`;
}

/** Draws the rows of each step. */
export class RowOrder {
  private readonly backgrounds: readonly number[];
  private readonly objects: readonly (readonly number[])[];
  /** up to which number between 0 and 1 each class is drawn */
  private readonly upTo: readonly number[];

  constructor(
    private readonly config: Pick<
      ClassifierTraining,
      'seed' | 'batch' | 'backgroundShare' | 'classPower'
    >,
    { targets }: Pick<TrainingRows, 'targets'>,
  ) {
    const byTarget = groupBy([...targets.keys()], (row) => targets[row] as number);
    this.backgrounds = byTarget.get(0) ?? [];
    byTarget.delete(0);
    this.objects = [...byTarget.values()];
    const shares = this.objects.map((rows) => rows.length ** config.classPower);
    const total = shares.reduce((sum, share) => sum + share, 0);
    let sum = 0;
    this.upTo = shares.map((share) => {
      sum += share / total;
      return sum;
    });
    if (this.backgrounds.length === 0 || this.objects.length === 0) {
      throw new UserError(
        'The classifier learns from objects and background; one of them is missing.',
      );
    }
  }

  /** The rows that a step sees, `[batch]`. */
  rows(step: number): number[] {
    const { seed, batch, backgroundShare } = this.config;
    const random = seededRandom(seed, step, 5);
    const one = (list: readonly number[]) => list[Math.floor(random() * list.length)] as number;
    return Array.from({ length: batch }, (_, at) => {
      if (at < backgroundShare * batch) return one(this.backgrounds);
      const dice = random();
      const found = this.upTo.findIndex((limit) => dice < limit);
      return one(this.objects.at(found) as readonly number[]);
    });
  }
}
