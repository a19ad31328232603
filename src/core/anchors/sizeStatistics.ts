/**
 * How large the objects of a data set are, as numbers alone: widths and heights counted together in
 * fine bins, and the sizes of the pictures. Annotations may not be passed on; these may, and they are
 * enough to choose anchors with. Where an object lies between the anchors' centres is not kept, for it
 * is as good as uniformly distributed: a data set that is made up again from the statistics has other
 * places, but the same sizes and, within a point, the same coverage.
 */
import { type BoxSet, NOTHING_SKIPPED } from '../annotations/boxSet.ts';

export interface SizeStatistics {
  readonly name: string;
  /** flat: a bin of widths, a bin of heights, objects in both; see binOf */
  readonly bins: readonly number[];
  /** flat: width, height, pictures of that size */
  readonly pictures: readonly number[];
}

/** Bins for every doubling: neighbours differ by 9 %. */
const BINS_PER_DOUBLING = 8;

/** The bin of a length as a share of the picture's long side. */
const binOf = (share: number) => Math.floor(BINS_PER_DOUBLING * Math.log2(share));

/** Counts the sizes of a set's objects and of its pictures. */
export function sizeStatisticsOf(
  { count, boxes, pictureOf, pictureSizes }: BoxSet,
  name: string,
): SizeStatistics {
  const bins = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const picture = pictureOf[i] as number;
    const side = Math.max(at(pictureSizes, 2 * picture), at(pictureSizes, 2 * picture + 1));
    const wide = binOf((at(boxes, 4 * i + 2) - at(boxes, 4 * i)) / side);
    const high = binOf((at(boxes, 4 * i + 3) - at(boxes, 4 * i + 1)) / side);
    increment(bins, `${wide} ${high}`);
  }
  const pictures = new Map<string, number>();
  for (let i = 0; i < pictureSizes.length; i += 2) {
    increment(pictures, `${at(pictureSizes, i)} ${at(pictureSizes, i + 1)}`);
  }
  return { name, bins: flat(bins), pictures: flat(pictures) };
}

const at = (values: ArrayLike<number>, index: number) => values[index] as number;

const increment = (counts: Map<string, number>, key: string) =>
  counts.set(key, (counts.get(key) ?? 0) + 1);

/** In the order of their keys, so that the same data give the same bytes. */
const flat = (counts: ReadonlyMap<string, number>): number[] =>
  [...counts]
    .map(([key, count]) => [...key.split(' ').map(Number), count])
    .sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d)
    .flat();

/** The positive root of x^6 = x + 1: its powers are the steps of an even sequence in five dimensions. */
const ROOT = 1.1347241384015194;
const STEPS = [1, 2, 3, 4, 5].map((power) => ROOT ** -power);

/**
 * Makes up a data set with these statistics, always the same one: sizes spread within their bins,
 * pictures and places in them spread evenly.
 */
export function setFromStatistics({ bins, pictures }: SizeStatistics): BoxSet {
  const sizes = triples(pictures).flatMap(([width, height, count]) =>
    Array.from({ length: count }, () => [width, height] as const),
  );
  const boxes: number[] = [];
  const pictureOf: number[] = [];
  for (const [wide, high, count] of triples(bins)) {
    for (let k = 0; k < count; k++) {
      const [inWidth, inHeight, across, down, which] = STEPS.map(
        (step) => ((pictureOf.length + 1) * step) % 1,
      ) as [number, number, number, number, number];
      const picture = Math.floor(which * sizes.length);
      const [width, height] = sizes[picture] as readonly [number, number];
      const side = Math.max(width, height);
      const w = side * 2 ** ((wide + inWidth) / BINS_PER_DOUBLING);
      const h = side * 2 ** ((high + inHeight) / BINS_PER_DOUBLING);
      // One that is too wide for this picture stands in its middle.
      const x = w < width ? across * (width - w) : (width - w) / 2;
      const y = h < height ? down * (height - h) : (height - h) / 2;
      boxes.push(x, y, x + w, y + h);
      pictureOf.push(picture);
    }
  }
  return {
    count: pictureOf.length,
    boxes: Float64Array.from(boxes),
    pictureOf: Uint32Array.from(pictureOf),
    pictureSizes: Float64Array.from(sizes.flat()),
    skipped: NOTHING_SKIPPED,
  };
}

const triples = (values: readonly number[]) =>
  Array.from({ length: values.length / 3 }, (_, index) => {
    return values.slice(3 * index, 3 * index + 3) as [number, number, number];
  });
