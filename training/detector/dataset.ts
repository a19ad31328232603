/**
 * Training data: COCO JSON files with their photo folders, joined into one list of photos.
 *
 * A class that a set does not label is unknown there, never background (design.md, "The models"),
 * so every photo carries a mask of the classes its set labels. Crowd boxes become ignored regions.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Box, type Boxes, fromXywh, packBoxes } from '../../src/core/boxes/box.ts';
import { plainMessage, UserError } from '../console.ts';
import type { DatasetConfig, TrainingConfig } from './config.ts';
import { permutation } from './random.ts';

/** Pixels; a thinner box is a slip of the annotator's. */
const MIN_SIDE = 0.1;

export interface TrainingPhoto {
  /** unique over all sets: "sod_coco10/000000001503.jpg" */
  readonly key: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** pixels of the photo */
  readonly boxes: Boxes;
  /** index of the class in the config, one per box */
  readonly labels: Int32Array;
  readonly ignored: Boxes;
  /** for background and each class: 1 where the photo's set labels it */
  readonly labelled: Float32Array;
}

const cocoSchema = z.object({
  images: z.array(
    z.object({ id: z.number(), file_name: z.string(), width: z.number(), height: z.number() }),
  ),
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.array(z.number()).length(4),
      iscrowd: z.number().optional(),
      score: z.number().optional(),
    }),
  ),
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
});

/** A COCO JSON file. Throws a UserError when it cannot be read or is something else. */
function readCoco(path: string, set: string): z.infer<typeof cocoSchema> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(
      `The annotations of "${set}" cannot be read from ${path}: ${plainMessage(error)}.`,
    );
  }
  const parsed = cocoSchema.safeParse(json);
  if (!parsed.success) {
    throw new UserError(`${path} is not COCO JSON with images, annotations and categories.`);
  }
  return parsed.data;
}

/**
 * All photos of one set.
 * @throws UserError when the file cannot be read, is not COCO JSON, or a label names no class
 */
export function readDataset(
  config: DatasetConfig,
  classes: TrainingConfig['classes'],
): TrainingPhoto[] {
  const coco = readCoco(config.annotations, config.name);
  const classIndex = new Map(classes.map(({ name }, index) => [name, index]));
  const labelled = new Float32Array(classes.length + 1);
  labelled[0] = 1;
  for (const name of config.labels) {
    const index = classIndex.get(name);
    if (index === undefined) {
      throw new UserError(
        `The set "${config.name}" labels "${name}", which is no class of the config.`,
      );
    }
    labelled[index + 1] = 1;
  }
  const nameOf = new Map(coco.categories.map(({ id, name }) => [id, name]));
  const named = new Set(nameOf.values());
  const absent = config.labels.find((name) => !named.has(name));
  if (absent !== undefined) {
    // Taken at its word, the set would teach that this class is background everywhere.
    throw new UserError(
      `The set "${config.name}" is said to label "${absent}", but ${config.annotations} has no category of that name.`,
    );
  }
  const byImage = groupBy(coco.annotations, ({ image_id }) => image_id);
  const pseudo = config.pseudo && readPseudo(config.pseudo.annotations, config.name);
  return coco.images.map((image) => {
    const boxes: Box[] = [];
    const labels: number[] = [];
    const ignored: Box[] = [];
    for (const annotation of byImage.get(image.id) ?? []) {
      const label = classIndex.get(nameOf.get(annotation.category_id) ?? '');
      const box = fromXywh(annotation.bbox);
      if (annotation.iscrowd) ignored.push(box);
      else if (label !== undefined && labelled[label + 1] && isSolid(annotation.bbox)) {
        boxes.push(box);
        labels.push(label);
      }
    }
    for (const { bbox, name, score } of pseudo?.get(image.file_name) ?? []) {
      const label = classIndex.get(name);
      if (label === undefined || labelled[label + 1] || !isSolid(bbox)) continue;
      if (score < (config.pseudo?.certain ?? 1)) ignored.push(fromXywh(bbox));
      else {
        boxes.push(fromXywh(bbox));
        labels.push(label);
      }
    }
    return {
      key: `${config.name}/${image.file_name}`,
      path: join(config.images, image.file_name),
      width: image.width,
      height: image.height,
      boxes: packBoxes(boxes),
      labels: Int32Array.from(labels),
      ignored: packBoxes(ignored),
      labelled,
    };
  });
}

/** The photos of one set, and how often each comes in an epoch. */
export interface TrainingSet {
  readonly photos: readonly TrainingPhoto[];
  readonly repeat: number;
}

/** What of a config says which photos and classes it is trained on. */
export type TrainedOn = Pick<TrainingConfig, 'data' | 'classes'>;

/**
 * Everything that a config trains on.
 * @throws UserError as `readDataset`
 */
export function readTrainingSets({ data, classes }: TrainedOn): TrainingSet[] {
  return data.map((set) => ({ photos: readDataset(set, classes), repeat: set.repeat }));
}

interface PseudoBox {
  readonly bbox: readonly number[];
  readonly name: string;
  readonly score: number;
}

/** Machine-made boxes by file name. */
function readPseudo(path: string, set: string): Map<string, PseudoBox[]> {
  const { images, annotations, categories } = readCoco(path, set);
  const fileOf = new Map(images.map(({ id, file_name }) => [id, file_name]));
  const nameOf = new Map(categories.map(({ id, name }) => [id, name]));
  const groups = groupBy(annotations, ({ image_id }) => fileOf.get(image_id) ?? '');
  const boxes = [...groups].map(([file, list]): [string, PseudoBox[]] => [
    file,
    list.map(({ bbox, category_id, score }) => {
      if (score === undefined) {
        throw new UserError(
          `The boxes in ${path} have no score, so they are not machine-made ones.`,
        );
      }
      return { bbox, name: nameOf.get(category_id) ?? '', score };
    }),
  ]);
  return new Map(boxes);
}

/** Whether a box has a width and a height to speak of: their logarithms enter the loss. */
function isSolid([, , width = 0, height = 0]: readonly number[]): boolean {
  return width >= MIN_SIDE && height >= MIN_SIDE;
}

/** One turn of training: a photo, perhaps mirrored. */
export interface Turn {
  readonly photo: TrainingPhoto;
  readonly flip: boolean;
  /** all photos of its set */
  readonly siblings: readonly TrainingPhoto[];
  /** which of the epoch's turns it is, in the order before shuffling: what tells apart the repeats of a photo */
  readonly slot: number;
}

/**
 * The order of all turns: each epoch shows every photo `repeat` times, shuffled anew; with flips,
 * a photo is mirrored every other epoch, one half of them first. Turn n depends on n and the seed
 * alone, so a resumed run goes on exactly where it stopped.
 */
export class TurnOrder {
  private readonly photos: readonly Pick<Turn, 'photo' | 'siblings'>[];
  /** indices into the photos */
  private readonly slots: Int32Array;
  private epoch = -1;
  private order: Int32Array = new Int32Array();

  constructor(
    sets: readonly TrainingSet[],
    private readonly seed: number,
    private readonly flips: boolean,
    /** at most so many of the turns, drawn by seed, make an epoch */
    count = Number.POSITIVE_INFINITY,
  ) {
    this.photos = sets.flatMap(({ photos, repeat }) =>
      Array.from({ length: repeat }, () =>
        photos.map((photo) => ({ photo, siblings: photos })),
      ).flat(),
    );
    if (this.photos.length === 0) throw new UserError('There is no photo to train on.');
    const all = Int32Array.from(this.photos, (_, slot) => slot);
    this.slots = count < all.length ? permutation(all.length, seed, 0).slice(0, count) : all;
  }

  /** The order in which a config's photos come. */
  static of({ seed, flips, views }: TrainingConfig, sets: readonly TrainingSet[]): TurnOrder {
    return new TurnOrder(sets, seed, flips, views?.count);
  }

  get turnsPerEpoch(): number {
    return this.slots.length;
  }

  turn(step: number): Turn {
    const epoch = Math.floor(step / this.slots.length);
    if (epoch !== this.epoch) {
      this.order = permutation(this.slots.length, this.seed, epoch);
      this.epoch = epoch;
    }
    const slot = this.slots[this.order[step % this.slots.length] as number] as number;
    return {
      ...(this.photos[slot] as Pick<Turn, 'photo' | 'siblings'>),
      flip: this.flips && (slot + epoch) % 2 === 1,
      slot,
    };
  }
}

/** The values by what the key says of each, in their order. */
export function groupBy<T, K>(values: readonly T[], key: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}
