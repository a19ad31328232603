/**
 * What is tuned on the Anchors page: sizes, ratios, stride, IoU of a match, and the data they are held
 * against. All of it stands in the address, where anybody may have typed anything, so each part is
 * doubted on its way in.
 */
import { ANCHOR_SETS } from '../../core/anchors/sets.ts';
import { sizeInWidestGap } from '../../core/anchors/sizeGaps.ts';
import type { Box } from '../../core/boxes/box.ts';
import { type Ground, OWN, PHOTO } from '../../worker/anchorLab/protocol.ts';
import type { RawPicks } from '../store/pages.ts';
import { SET_NAMES, type SetName } from './setNames.ts';

export interface Tuning extends Ground {
  /** pixels */
  readonly sizes: readonly number[];
  /** height over width */
  readonly ratios: readonly number[];
  /** which trained head proposes on the open photo: the model's own, or one of Table I */
  readonly head: HeadName;
  /**
   * what was drawn on photos, boxes in pixels of the photo by its key (see photoKeyOf); undone like the
   * rest, but no part of the address
   */
  readonly drawn?: Readonly<Record<string, readonly Box[]>> | undefined;
}

export const MODEL_HEAD = 'model';
export type HeadName = typeof MODEL_HEAD | SetName;
export const HEADS: readonly HeadName[] = [MODEL_HEAD, ...SET_NAMES];

export const SMALLEST = 4;
export const LARGEST = 1024;
/** More have no room, and no use. */
export const MOST_SIZES = 16;
const MOST_RATIOS = 8;
export const STRIDES = [4, 8, 16] as const;
export const THRESHOLDS = { min: 0.1, max: 0.9, step: 0.01 } as const;
/** Long sides of the photos as the network sees them; 0 is their own. */
export const PHOTO_SIZES = [640, 960, 0] as const;
export const RATIOS = [1, 0.5, 2, 0.3333, 3] as const;

export const INITIAL: Tuning = {
  sizes: ANCHOR_SETS.paper.sizes,
  ratios: ANCHOR_SETS.paper.aspectRatios,
  stride: 16,
  threshold: 0.5,
  data: 'sod_coco10',
  photos: 640,
  head: MODEL_HEAD,
};

/** A size that the page can show: within its range. */
export const inRange = (size: number): number => Math.min(LARGEST, Math.max(SMALLEST, size));

/** A size set by hand, to a hundredth of a pixel. One that was fitted is taken over as it is. */
const tidySize = (size: number): number => Math.round(100 * inRange(size)) / 100;

/** The tuning that an address asks for; what it does not say, or says wrongly, is as at first. */
export function readTuning(raw: RawPicks): Tuning {
  const sizes = numbers(raw.sizes, MOST_SIZES, SMALLEST, LARGEST);
  const ratios = numbers(raw.ratios, MOST_RATIOS, 0.1, 10).map((ratio) => round(ratio, 4));
  const [threshold] = numbers(raw.iou, 1, THRESHOLDS.min, THRESHOLDS.max);
  return {
    sizes: sizes.length > 0 ? sizes : INITIAL.sizes,
    ratios: ratios.length > 0 ? [...new Set(ratios)] : INITIAL.ratios,
    stride: STRIDES.find((one) => String(one) === raw.stride) ?? INITIAL.stride,
    threshold: threshold === undefined ? INITIAL.threshold : round(threshold, 2),
    data: /^\w{1,40}$/.test(raw.data ?? '') ? (raw.data as string) : INITIAL.data,
    photos: PHOTO_SIZES.find((one) => String(one) === raw.photos) ?? INITIAL.photos,
    head: HEADS.find((one) => one === raw.head) ?? INITIAL.head,
  };
}

const PART_NAMES = {
  sizes: 'sizes',
  ratios: 'ratios',
  stride: 'stride',
  iou: 'IoU of a match',
  photos: 'long side of the photos',
  head: 'trained head',
} as const;

/**
 * One sentence on the parts of an address that are not taken as they stand, or null. Of data that are
 * not here the page speaks where data are chosen.
 */
export function refusedWords(raw: RawPicks): string | null {
  const taken = writeTuning(readTuning(raw));
  const values = (text: string | undefined) => (text ?? '').split(',').map((part) => part.trim());
  const isTaken = (key: keyof typeof PART_NAMES) => {
    const [asked, got] = [values(raw[key]), values(taken[key])];
    // The same number may be written in many ways, and a ratio twice.
    const isSameValue = (one: string, other: string | undefined) =>
      one === other || Math.abs(Number(one) - Number(other)) < 1e-2;
    if (key === 'ratios') return asked.every((one) => got.some((other) => isSameValue(one, other)));
    return asked.length === got.length && asked.every((one, at) => isSameValue(one, got[at]));
  };
  const keys = Object.keys(PART_NAMES) as (keyof typeof PART_NAMES)[];
  const refused = keys.filter((key) => raw[key] !== undefined && !isTaken(key));
  if (refused.length === 0) return null;
  const names = refused.map((key) => PART_NAMES[key]).join(', ');
  return `The link asks for something that this page does not have (${names}); the page took what it could of it, and shows its own for the rest.`;
}

/** The address of a tuning. */
export function writeTuning(tuning: Tuning): RawPicks {
  const { sizes, ratios, stride, threshold, data, photos, head } = tuning;
  return {
    sizes: sizes.join(','),
    ratios: ratios.join(','),
    stride: String(stride),
    iou: String(threshold),
    data,
    photos: String(photos),
    head,
  };
}

function numbers(text: string | undefined, most: number, min: number, max: number): number[] {
  return (text ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number)
    .filter((value) => value >= min && value <= max)
    .slice(0, most);
}

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

/** One more size, in the widest gap between those there are (on a logarithmic scale). */
export function withSize(tuning: Tuning, size = sizeInWidestGap(tuning.sizes, LARGEST)): Tuning {
  if (tuning.sizes.length >= MOST_SIZES) return tuning;
  const place = tuning.sizes.findIndex((other) => other > size);
  const at = place < 0 ? tuning.sizes.length : place;
  return { ...tuning, sizes: tuning.sizes.toSpliced(at, 0, tidySize(size)) };
}

/** Without one of its sizes; the last one stays. */
export function withoutSize(tuning: Tuning, index: number): Tuning {
  if (tuning.sizes.length < 2) return tuning;
  return { ...tuning, sizes: tuning.sizes.toSpliced(index, 1) };
}

/** With one size changed. */
export const withSizeAt = (tuning: Tuning, index: number, size: number): Tuning => ({
  ...tuning,
  sizes: tuning.sizes.with(index, tidySize(size)),
});

/** Where a key takes a size: arrows by a pixel (by 1 % from 100 on), Page keys by 10 %. */
export function keyedSize(size: number, key: string): number | undefined {
  const step = size >= 100 ? Math.round(size / 100) : 1;
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.round(size) + step;
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.round(size) - step;
    case 'PageUp':
      return size * 1.1;
    case 'PageDown':
      return size / 1.1;
    case 'Home':
      return SMALLEST;
    case 'End':
      return LARGEST;
    default:
      return undefined;
  }
}

/** Data that this visit does not have give way to those the page begins with. */
export function groundOf(tuning: Tuning, known: readonly string[]): Ground {
  const { stride, threshold, photos } = tuning;
  const others = known.includes(INITIAL.data) ? INITIAL.data : known[0];
  const data = known.includes(tuning.data) ? tuning.data : (others ?? INITIAL.data);
  return { data, stride, threshold, photos: photos === 0 && !hasPixels(data) ? 640 : photos };
}

/** Whether data have pictures of their own size, which statistics have not. */
export const hasPixels = (data: string): boolean => data === OWN || data === PHOTO;
