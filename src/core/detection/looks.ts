/**
 * How closely a photo is looked at: at which working size, and whether in slices too. "Fast" is the
 * way the model was trained, "Fine" the closer look that its manifest names (by measurement on val),
 * or else one and a half times the working size. The app, the worker and the command line all come
 * here, so that a choice in the manifest is a choice everywhere.
 */
import type { DetectorConfig } from './config.ts';
import type { DetectOptions, FasterRcnn } from './fasterRcnn.ts';
import {
  DEFAULT_SLICE_OPTIONS,
  detectInSlices,
  mergePasses,
  type Pass,
  type SlicedResult,
  tilesOf,
} from './slices.ts';
import { SIZE_MULTIPLE } from './transform.ts';
import type { Picture } from './types.ts';

export type Quality = 'fast' | 'fine';

export interface Look {
  /** pixels of the long side of what the network sees in one pass */
  readonly workingSize: number;
  /** a second, smaller size to look at the whole photo in: large objects outgrow the anchors at the first */
  readonly alsoAt?: number;
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
  const costAt = (size: number) => (size / workingSize) ** 2;
  const fineCost = (1 + tiles) * costAt(closer.workingSize) + costAt(closer.alsoAt ?? 0);
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
  { workingSize, alsoAt, slices }: Look,
  options: DetectOptions = {},
): Promise<SlicedResult> {
  const at = async (size: number, begin: number, end: number): Promise<SlicedResult> => {
    const all: DetectOptions = {
      ...options,
      workingSize: size,
      onProgress: (fraction) => options.onProgress?.(begin + fraction * (end - begin)),
    };
    if (slices && size === workingSize) return detectInSlices(detector, picture, all);
    return { ...(await detector.detect(picture, all)), tiles: [] };
  };
  if (alsoAt === undefined) return at(workingSize, 0, 1);
  const first = alsoAt ** 2 / (alsoAt ** 2 + workingSize ** 2);
  const small = await at(alsoAt, 0, first);
  const large = await at(workingSize, first, 1);
  const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
  const passes: Pass[] = [small, large].map((result) => ({ tile: whole, margin: 0, result }));
  return { ...mergePasses(passes, picture, options), tiles: large.tiles };
}
