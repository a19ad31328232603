/**
 * How figures are written everywhere in the app: one place decides on decimals and units, so that a
 * score or a size never reads differently in the list, the inspector and the exported picture.
 */
import { area, type Box } from '../core/boxes/box.ts';
import type { Quality } from '../worker/protocol.ts';

export const QUALITY_TITLES: Readonly<Record<Quality, string>> = { fast: 'Fast', fine: 'Fine' };

/** A score, always two decimals: `0.87`. */
export const formatScore = (score: number): string => score.toFixed(2);

/** A box's width and height in whole pixels of the picture: `45 × 38 px`. */
export function formatSize([x1, y1, x2, y2]: Box): string {
  return `${Math.round(x2 - x1)} × ${Math.round(y2 - y1)} px`;
}

/** The box's share of a picture of `width` x `height` pixels, two significant digits: `0.16 %`. */
export function formatShare(box: Box, width: number, height: number): string {
  const percent = (100 * area(box)) / (width * height);
  if (percent < 0.005) return '< 0.01 %';
  if (percent < 1) return `${percent.toFixed(2)} %`;
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** Megabytes (10^6 bytes) with one decimal and no unit, so two of them can share one: `12.3`. */
export const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** A file's size: `227 kB`, `4.1 MB`. */
export const formatBytes = (bytes: number): string =>
  bytes < 999_500 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${megabytes(bytes)} MB`;

/** A duration: `85 ms` below a second, `1.24 s` from there on. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 9995 ? 2 : 1)} s`;
}

/** `1 object`, `3 objects`, `2 batches`. */
export function plural(count: number, noun: string, ending = 's'): string {
  return `${count} ${noun}${count === 1 ? '' : ending}`;
}

/** How large the photo's pixels became, as what was done to them: `enlarged 2.9 times`, `shrunk to 80 %`. */
export function formatEnlargement(factor: number): string {
  if (factor >= 1.05) return `enlarged ${factor.toFixed(1)} times`;
  return factor > 0.95 ? 'at its own size' : `shrunk to ${Math.round(100 * factor)} %`;
}
