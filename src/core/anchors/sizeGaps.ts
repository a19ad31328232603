/**
 * Where one more size has the most room: between two neighbours that are far apart, or beyond the
 * largest. Used where somebody adds a size, and where a fit has no use for all that were asked for.
 */

/**
 * The middle (on a logarithmic scale) of the widest gap between neighbours; where none is wider than
 * a doubling, the root of two beyond the largest, or below the smallest where that would be too large.
 *
 * @param sizes in pixels, one at the least, in any order
 * @param largest size in pixels that there is room for
 */
export function sizeInWidestGap(
  sizes: readonly number[],
  largest = Number.POSITIVE_INFINITY,
): number {
  const sorted = sizes.toSorted((a, b) => a - b);
  const beyond = (sorted.at(-1) as number) * Math.SQRT2;
  let best = { factor: Math.SQRT2, size: beyond };
  sorted.slice(1).forEach((size, index) => {
    const below = sorted[index] as number;
    const factor = Math.sqrt(size / below);
    if (factor > best.factor) best = { factor, size: below * factor };
  });
  return best.size > largest ? (sorted[0] as number) / Math.SQRT2 : best.size;
}

/**
 * As many sizes as there were, no two the same: what a repeated one would have stood for is put where
 * there is most room, for an anchor twice in a set costs twice and reaches nothing more.
 *
 * @returns pixels, rising; those put in to a hundredth
 */
export function withoutRepeats(sizes: readonly number[]): number[] {
  const kept = [...new Set(sizes)];
  while (kept.length < sizes.length) kept.push(Math.round(100 * sizeInWidestGap(kept)) / 100);
  return kept.sort((a, b) => a - b);
}
