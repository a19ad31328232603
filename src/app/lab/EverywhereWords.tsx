/**
 * What the dashed line of the histogram means, and from where to where the anchors of the page keep what
 * it promises: below it no anchor reaches an object at every position, above it these may or may not.
 */
import { useMemo } from 'react';
import { type Range, sidesReachedEverywhere } from '../../core/anchors/reach.ts';
import { shapesOf } from '../../core/anchors/shapes.ts';
import { both, smallestMatchable } from '../../core/anchors/theory.ts';
import { useLab } from '../store/context.tsx';
import styles from './LabPage.module.css';

/** More ranges than this are not read out, only their ends. */
const MOST_RANGES = 3;

export function EverywhereWords() {
  const sizes = useLab((state) => state.history.present.sizes);
  const aspectRatios = useLab((state) => state.history.present.ratios);
  const stride = useLab((state) => state.history.present.stride);
  const threshold = useLab((state) => state.history.present.threshold);
  const ranges = useMemo(
    () => sidesReachedEverywhere(shapesOf({ sizes, aspectRatios }), stride, threshold),
    [sizes, aspectRatios, stride, threshold],
  );
  const least = smallestMatchable(both(stride / 2), threshold);
  return (
    <p className={styles.less} data-everywhere>
      <span className={styles.dashed} aria-hidden /> Smaller than {least.toFixed(0)} px, a square
      object is missed at some positions, whatever the anchors. {wordsOf(ranges)}
    </p>
  );
}

/** From where to where these anchors reach every position. */
export function wordsOf(ranges: readonly Range[]): string {
  const [first] = ranges;
  const last = ranges.at(-1);
  if (!first || !last) return 'These anchors reach no size of square at every position.';
  if (ranges.length > MOST_RANGES) {
    return `These anchors reach squares at every position from ${first[0].toFixed(0)} to ${last[1].toFixed(0)} px, with ${ranges.length - 1} gaps between.`;
  }
  const spans = ranges.map(([from, to]) => `from ${from.toFixed(0)} to ${to.toFixed(0)} px`);
  const end = spans.pop();
  const told = spans.length > 0 ? `${spans.join(', ')} and ${end}` : end;
  return `These anchors reach squares at every position ${told}.`;
}
