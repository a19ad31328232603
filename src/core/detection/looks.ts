/**
 * How closely a photo is looked at: at which working size, and whether in slices too. "Fast" is the
 * way the model was trained, "Fine" the closer look that its manifest names (by measurement on val),
 * or else one and a half times the working size. The app, the worker and the command line all come
 * here, so that a choice in the manifest is a choice everywhere.
 */
import type { DetectorConfig } from './config.ts';
import type { DetectionResult, FasterRcnn } from './fasterRcnn.ts';
import type { DetectOptions } from './options.ts';
import { detectInPasses } from './passes.ts';
import { DEFAULT_SLICE_OPTIONS, slicesOf, type Tile, tilesOf } from './slices.ts';
import type { PassPlan } from './trace.ts';
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
/**
 * At the second, smaller size, what has fewer working pixels a side than this is left to the first,
 * which shows it larger: otherwise the small look's guesses at small things fill the list. On
 * sod_coco10 val (480 and 960 px) the first 300 proposals so reach 69.6 instead of 66.7 % of the
 * objects, from 24 to 90 pixels alike (69.0 to 69.6); 60.8 and 64.9 % at either size alone. Taking
 * turns by rank reaches 67.8 %.
 */
const LEAST_SIDE_OF_SMALLER = 45;

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

export interface LookResult extends DetectionResult {
  /** what was looked at besides the whole photo; empty where tiles would show nothing more */
  readonly tiles: readonly Tile[];
}

/**
 * Finds the objects in a picture, looking as closely as told.
 *
 * @throws what `FasterRcnn.detect` throws
 */
export async function detectWithLook(
  detector: Pick<FasterRcnn, 'detect' | 'see'>,
  picture: Picture,
  { workingSize, alsoAt, slices }: Look,
  options: DetectOptions = {},
): Promise<LookResult> {
  const whole: Tile = { left: 0, top: 0, width: picture.width, height: picture.height };
  const tiles = slices ? slicesOf(picture, workingSize) : [];
  const plans: PassPlan[] = [whole, ...tiles].map((tile) => ({ tile, workingSize, leastSide: 0 }));
  if (alsoAt !== undefined) {
    plans.unshift({ tile: whole, workingSize: alsoAt, leastSide: LEAST_SIDE_OF_SMALLER });
  }
  const result =
    plans.length === 1
      ? await detector.detect(picture, { ...options, workingSize })
      : await detectInPasses(detector, picture, plans, options);
  return { ...result, tiles };
}
