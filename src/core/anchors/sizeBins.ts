/**
 * Objects counted by their side in bins that are even on a logarithmic axis: the histogram of Figure
 * 4, and how many of each bin an anchor set reaches. The bin of an object is found once, so that
 * counting again at every move of a slider is one addition an object.
 */
import { type PlacedBoxes, sideAt } from './placement.ts';

/** Pixels, from 4 to 1,024, four bins for every doubling. */
export const BIN_EDGES: readonly number[] = Array.from({ length: 33 }, (_, step) => {
  return Math.round(400 * 2 ** (step / 4)) / 100;
});

const BINS = BIN_EDGES.length - 1;

/** The bin of a side in pixels; what lies outside of the edges is in the first or the last one. */
export function binOfSide(side: number): number {
  const above = BIN_EDGES.findIndex((edge) => edge > side);
  return above < 0 ? BINS - 1 : Math.max(above - 1, 0);
}

/** The middle of a bin on a logarithmic axis, in pixels. */
export const middleOfBin = (bin: number): number =>
  Math.sqrt((BIN_EDGES[bin] as number) * (BIN_EDGES[bin + 1] as number));

export class SizeBins {
  /** objects of each bin */
  readonly counts: readonly number[];
  private readonly binOf: Uint8Array;

  constructor(placed: PlacedBoxes) {
    this.binOf = Uint8Array.from({ length: placed.count }, (_, i) => binOfSide(sideAt(placed, i)));
    this.counts = this.count(() => true);
  }

  /** Objects of each bin whose best anchor has at least this IoU. */
  reached(bestIoU: Float64Array, threshold: number): number[] {
    return this.count((i) => (bestIoU[i] as number) >= threshold);
  }

  private count(counts: (object: number) => boolean): number[] {
    const bins = Array<number>(BINS).fill(0);
    for (let i = 0; i < this.binOf.length; i++) {
      if (counts(i)) (bins[this.binOf[i] as number] as number)++;
    }
    return bins;
  }
}
