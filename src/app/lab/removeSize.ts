/**
 * A size is removed, and the focus with it: it goes to the one that takes its place, or to the new last
 * one, so that whoever works by keys is not sent back to the top of the page.
 */
import { flushSync } from 'react-dom';
import type { LabStore } from './labStore.ts';
import { withoutSize } from './tuning.ts';

/**
 * @param elementsOf what can take the focus, one for each size, asked once the size is gone
 */
export function removeSize(
  lab: LabStore,
  index: number,
  elementsOf: () => ArrayLike<HTMLElement | SVGElement>,
): void {
  flushSync(() => lab.getState().change(withoutSize(lab.getState().history.present, index)));
  const { length } = lab.getState().history.present.sizes;
  elementsOf()[Math.min(index, length - 1)]?.focus();
}
