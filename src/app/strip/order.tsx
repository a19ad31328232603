/** In which order the strip shows what was found: by score, by size, or by what the second look changed. */
import { useMemo } from 'react';
import { area } from '../../core/boxes/box.ts';
import type { Detection } from '../../core/detection/types.ts';
import { changeOf } from '../sharpen/sharpenStore.ts';
import { useSharpen } from '../store/context.tsx';
import styles from './Strip.module.css';

const TITLES = {
  score: 'Best score first',
  size: 'Smallest first',
  change: 'Most changed first',
} as const;

export type Order = keyof typeof TITLES;

export function OrderChoice({ order, onChange }: { order: Order; onChange(order: Order): void }) {
  const looked = useSharpen((state) => state.decisions.size > 0);
  return (
    <select
      className={styles.order}
      aria-label="Order"
      value={order}
      onChange={(event) => onChange(event.target.value as Order)}
    >
      {(Object.keys(TITLES) as Order[])
        .filter((one) => one !== 'change' || looked)
        .map((one) => (
          <option key={one} value={one}>
            {TITLES[one]}
          </option>
        ))}
    </select>
  );
}

/** Indices of `shown`, which is sorted by score, in this order. */
export function useOrder(shown: readonly Detection[], order: Order): readonly number[] {
  return useMemo(() => {
    const indices = shown.map((_, index) => index);
    if (order === 'score') return indices;
    const key = (index: number) => {
      const detection = shown[index] as Detection;
      if (order === 'size') return area(detection.box);
      const change = changeOf(detection);
      return change ? -Math.abs(change.to - change.from) : 1;
    };
    return indices.sort((a, b) => key(a) - key(b) || a - b);
  }, [shown, order]);
}
