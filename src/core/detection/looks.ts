/**
 * How closely a photo is looked at: at which working size, and whether in slices too. "Fast" is the
 * way the model was trained, "Fine" the closer look that its manifest names (by measurement on val),
 * or else one and a half times the working size. The app, the worker and the command line all come
 * here, so that a choice in the manifest is a choice everywhere.
 */
import type { DetectorConfig } from './config.ts';
import type { DetectOptions, FasterRcnn } from './fasterRcnn.ts';
import { DEFAULT_SLICE_OPTIONS, detectInSlices, type SlicedResult, tilesOf } from './slices.ts';
import { SIZE_MULTIPLE } from './transform.ts';
import type { Picture } from './types.ts';

export type Quality = 'fast' | 'fine';

export interface Look {
  /** pixels of the long side of what the network sees in one pass */
  readonly workingSize: number;
  /** whether overlapping tiles are looked at too, besides the whole photo */
  readonly slices: boolean;
}

/** Both ways to look, and how much longer the closer one takes. */
export interface Looks {
  readonly fast: Look;
  readonly fine: Look;
  /** the arithmetic of Fine over that of Fast, for a photo large enough for both */
  readonly fineCost: number;
}

const FINE_ENLARGEMENT = 1.5;

/** The two looks of a model. */
export function looksOf({ workingSize, fine }: DetectorConfig): Looks {
  const closer = fine ?? {
    workingSize: SIZE_MULTIPLE * Math.round((FINE_ENLARGEMENT * workingSize) / SIZE_MULTIPLE),
    slices: false,
  };
  // Convolutions are nearly all of the work: it grows with the pixels, and with each pass over them.
  const tiles = closer.slices ? tilesOf(1000, 1000, DEFAULT_SLICE_OPTIONS).length : 0;
  const fineCost = (1 + tiles) * (closer.workingSize / workingSize) ** 2;
  return { fast: { workingSize, slices: false }, fine: closer, fineCost };
}

/**
 * Finds the objects in a picture, looking as closely as told.
 *
 * @throws what `FasterRcnn.detect` throws
 */
export async function detectWithLook(
  detector: Pick<FasterRcnn, 'detect' | 'workingSize'>,
  picture: Picture,
  { workingSize, slices }: Look,
  options: DetectOptions = {},
): Promise<SlicedResult> {
  const all = { ...options, workingSize };
  if (slices) return detectInSlices(detector, picture, all);
  return { ...(await detector.detect(picture, all)), tiles: [] };
}
