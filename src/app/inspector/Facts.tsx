/** Names on the left, figures on the right, aligned: the inspector's way to say anything. */
import type { ReactNode } from 'react';
import styles from './Inspector.module.css';

export function Facts({ children }: { children: ReactNode }) {
  return <dl className={styles.facts}>{children}</dl>;
}

export function Fact({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
