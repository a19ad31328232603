/** A step of the way of a detection: a picture, and beside it what there is to say. */
import type { ReactNode } from 'react';
import styles from './Inside.module.css';

/** Pictures of the steps are squares of so many CSS pixels. */
export const SIDE = 220;

interface Props {
  readonly title: string;
  readonly picture: ReactNode;
  readonly children: ReactNode;
}

export function Step({ title, picture, children }: Props) {
  return (
    <li className={styles.step}>
      <div className={styles.picture}>{picture}</div>
      <div className={styles.words}>
        <h3>{title}</h3>
        {children}
      </div>
    </li>
  );
}
