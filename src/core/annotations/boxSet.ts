/**
 * The boxes of a data set and the sizes of its pictures, as plain arrays: what choosing anchors
 * needs, whatever format the annotations came in. Boxes that cannot be used are left out and
 * counted, so that whoever shows a figure can say what it does not include; so are those that were cut
 * at the edge of their picture.
 */
import { AnnotationError } from './annotationError.ts';

/** Boxes that were not taken as they are, by reason: all but `clipped` were left out. */
export interface SkippedBoxes {
  /** further outside of their picture than rounding explains: what lies in it was kept */
  readonly clipped: number;
  /** wholly outside of their picture */
  readonly outside: number;
  /** width or height (nearly) 0 */
  readonly empty: number;
  /** of a group of objects, which no single anchor should match (COCO's iscrowd) */
  readonly crowds: number;
  /** of a picture that the annotations do not list */
  readonly unlisted: number;
  /** of a picture whose size no picture has */
  readonly unsized: number;
  /** entries that are no box at all */
  readonly broken: number;
}

type LeftOut = Exclude<keyof SkippedBoxes, 'clipped'>;

export const NOTHING_SKIPPED: SkippedBoxes = {
  ...{ clipped: 0, outside: 0, empty: 0, crowds: 0, unlisted: 0, unsized: 0, broken: 0 },
};

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
/** Pixels along a side; the largest scans of maps and tissue have fewer. */
const MOST_SIDE = 1_000_000;
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

/** The index of a picture that is none. */
const UNSIZED = -1;

/** Gathers boxes one by one; a million of them are no objects of their own. */
export class BoxCollector {
  private readonly coordinates: number[] = [];
  private readonly pictureOf: number[] = [];
  private readonly sizes: number[] = [];
  private readonly skipped = { ...NOTHING_SKIPPED };

  /** A picture of this size in pixels; its index, or UNSIZED where no picture is as large or small. */
  addPicture(width: number, height: number): number {
    const isSize = [width, height].every((side) => side >= 1 && side <= MOST_SIDE);
    return isSize ? this.sizes.push(width, height) / 2 - 1 : UNSIZED;
  }

  /**
   * A box of a picture, `x, y, width, height` in its pixels: cut where it sticks out of the picture,
   * and counted only where it is no use.
   */
  add(picture: number, x: number, y: number, width: number, height: number): void {
    const reason = this.place(picture, x, y, width, height);
    if (reason) this.skip(reason);
  }

  skip(reason: LeftOut): void {
    this.skipped[reason]++;
  }

  /** Keeps what can be kept of a box; where that is nothing, why. */
  private place(
    picture: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): LeftOut | undefined {
    if (picture === UNSIZED) return 'unsized';
    const [wide, high] = [this.sizes[2 * picture] ?? 0, this.sizes[2 * picture + 1] ?? 0];
    let [left, top, right, bottom] = [x, y, x + width, y + height];
    const problem = boxProblem([x, y, width, height], wide, high);
    if (problem === 'empty') return problem;
    if (problem === 'outside') {
      [left, top] = [Math.max(0, left), Math.max(0, top)];
      [right, bottom] = [Math.min(wide, right), Math.min(high, bottom)];
      if (right - left < MIN_SIDE || bottom - top < MIN_SIDE) return problem;
      this.skipped.clipped++;
    }
    this.coordinates.push(left, top, right, bottom);
    this.pictureOf.push(picture);
    return undefined;
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

/**
 * "13 crowds and 2 boxes outside of their picture left out; 1 box cut at the edge of its picture"; empty
 * where nothing was.
 */
export function skippedText(skipped: SkippedBoxes): string {
  const { clipped, crowds, outside, empty, unlisted, unsized, broken } = skipped;
  const parts = [
    [crowds, 'crowd', 'crowds', ''],
    [broken, 'entry', 'entries', ' without a box'],
    [outside, 'box', 'boxes', ' outside of their picture'],
    [empty, 'box', 'boxes', ' without an area'],
    [unlisted, 'box', 'boxes', ' of pictures that are not listed'],
    [unsized, 'box', 'boxes', ' of pictures of an impossible size'],
  ] as const;
  const told = parts
    .filter(([count]) => count > 0)
    .map(([count, one, many, what]) => {
      return `${count.toLocaleString('en')} ${count === 1 ? one : many}${what}`;
    });
  const last = told.pop();
  const left = last && `${told.length > 0 ? `${told.join(', ')} and ` : ''}${last} left out`;
  const cut =
    clipped > 0 &&
    `${clipped.toLocaleString('en')} ${clipped === 1 ? 'box cut at the edge of its picture' : 'boxes cut at the edges of their pictures'}`;
  return [left, cut].filter(Boolean).join('; ');
}
