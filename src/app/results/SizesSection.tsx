/** Figure 4: how large the objects of the data set are, and which sizes the anchors reach. */
import { useMemo } from 'react';
import { sizesFigure } from '../../plots/sizes.ts';
import styles from '../Page.module.css';
import { PlotFigure } from './PlotFigure.tsx';
import type { SectionProps } from './picks.ts';

export function SizesSection({ results: { sizes }, picks: { set } }: SectionProps) {
  const figure = useMemo(() => sizes && sizesFigure(sizes, set.name), [sizes, set]);
  return (
    <section className={styles.section}>
      <h3>Sizes, and what the anchors reach</h3>
      {figure ? <PlotFigure figure={figure} /> : <p>The sizes have not been counted yet.</p>}
    </section>
  );
}
