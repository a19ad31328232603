/** A slider in the look of the app: what is right of the thumb is marked where that means something. */
import type { ComponentProps, CSSProperties } from 'react';
import styles from './RangeInput.module.css';

/** Takes what an input takes; `share` is the place from which the track is marked, 0..1. */
export function RangeInput({
  share = 2,
  ...input
}: Omit<ComponentProps<'input'>, 'type'> & { share?: number }) {
  return (
    <input
      type="range"
      {...input}
      className={styles.range}
      style={{ '--share': share } as CSSProperties}
    />
  );
}
