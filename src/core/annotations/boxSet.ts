/**
 * The boxes of a data set and the sizes of its pictures, as plain arrays: what choosing anchors
 * needs, whatever format the annotations came in. Boxes that cannot be used are left out and
 * counted, so that whoever shows a figure can say what it does not include.
 */
import { AnnotationError } from './annotationError.ts';

/** Boxes that were left out, by reason. */
export interface SkippedBoxes {
  /** further outside of their picture than rounding explains */
  readonly outside: number;
  /** width or height (nearly) 0 */
  readonly empty: number;
  /** of a group of objects, which no single anchor should match (COCO's iscrowd) */
  readonly crowds: number;
  /** of a picture that the annotations do not list */
  readonly unlisted: number;
}

export interface BoxSet {
  readonly count: number;
  /** `[count * 4]`, x1, y1, x2, y2 in pixels of the original picture */
  readonly boxes: Float64Array;
  /** `[count]`, which picture each box is of */
  readonly pictureOf: Uint32Array;
  /** `[pictures * 2]`, width and height in pixels */
  readonly pictureSizes: Float64Array;
  readonly skipped: SkippedBoxes;
}

/** Pixels that a box may stick out of its picture: annotators' tools round. */
const OUTSIDE = 1;
/** Pixels; a thinner box has no area to speak of. */
const MIN_SIDE = 0.1;

/** Why a box (`[x, y, width, height]`, pixels) is no box of a picture of this size, if it is not. */
export function boxProblem(
  [x, y, wide, high]: readonly [x: number, y: number, width: number, height: number],
  width: number,
  height: number,
): 'outside' | 'empty' | undefined {
  // Turned around, so that NaN is a problem too.
  if (!(wide >= MIN_SIDE && high >= MIN_SIDE)) return 'empty';
  const out = Math.max(-x, -y, x + wide - width, y + high - height);
  return out <= OUTSIDE ? undefined : 'outside';
}

/** Gathers boxes one by one; a million of them are no objects of their own. */
export class BoxCollector {
  private readonly coordinates: number[] = [];
  private readonly pictureOf: number[] = [];
  private readonly sizes: number[] = [];
  private readonly skipped = { outside: 0, empty: 0, crowds: 0, unlisted: 0 };

  /** A picture of this size in pixels; returns its index. */
  addPicture(width: number, height: number): number {
    return this.sizes.push(width, height) / 2 - 1;
  }

  /** A box of a picture, `x, y, width, height` in its pixels; counted only where it is no use. */
  add(picture: number, x: number, y: number, width: number, height: number): void {
    const [wide, high] = [this.sizes[2 * picture] ?? 0, this.sizes[2 * picture + 1] ?? 0];
    const problem = boxProblem([x, y, width, height], wide, high);
    if (problem) {
      this.skip(problem);
      return;
    }
    this.coordinates.push(x, y, x + width, y + height);
    this.pictureOf.push(picture);
  }

  skip(reason: keyof SkippedBoxes): void {
    this.skipped[reason]++;
  }

  /**
   * @param name what to call the data in the sentence
   * @throws AnnotationError when no box is left
   */
  finish(name: string): BoxSet {
    const { skipped, pictureOf } = this;
    if (pictureOf.length === 0) {
      const left = skippedText(skipped);
      throw new AnnotationError(
        `${name} has no boxes to choose anchors for${left && ` (${left})`}; choose annotations with objects in them.`,
      );
    }
    return {
      count: pictureOf.length,
      boxes: Float64Array.from(this.coordinates),
      pictureOf: Uint32Array.from(pictureOf),
      pictureSizes: Float64Array.from(this.sizes),
      skipped,
    };
  }
}

/** "13 crowds and 2 boxes outside of their picture left out"; empty where nothing was. */
export function skippedText({ crowds, outside, empty, unlisted }: SkippedBoxes): string {
  const parts = [
    [crowds, 'crowd', 'crowds', ''],
    [outside, 'box', 'boxes', ' outside of their picture'],
    [empty, 'box', 'boxes', ' without an area'],
    [unlisted, 'box', 'boxes', ' of pictures that are not listed'],
  ] as const;
  const told = parts
    .filter(([count]) => count > 0)
    .map(([count, one, many, what]) => {
      return `${count.toLocaleString('en')} ${count === 1 ? one : many}${what}`;
    });
  const last = told.pop();
  if (last === undefined) return '';
  return `${told.length > 0 ? `${told.join(', ')} and ` : ''}${last} left out`;
}
