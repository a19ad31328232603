/** What the anchors reach and cost, in five figures. */
import type { ComponentProps } from 'react';
import { percent } from '../../core/results/percent.ts';
import { useLab } from '../store/context.tsx';
import styles from './LabPage.module.css';

export function KeyFigures() {
  const measured = useLab((state) => state.measured);
  const row = measured?.row;
  const shapes = row ? row.set.sizes.length * row.set.aspectRatios.length : 0;
  const figures = [
    ['Best possible recall', row ? `${percent(row.bestPossibleRecall)} %` : '–'],
    ['Mean IoU of the best anchor', row ? `${percent(row.meanBestIoU)} %` : '–'],
    ['Anchors a photo', row ? Math.round(row.anchorsPerPicture).toLocaleString('en') : '–'],
    ['Cost in the RPN', row ? `${row.gflop.toFixed(3)} GFLOP` : '–'],
    ['Unused anchors', row ? `${row.unused} of ${shapes}` : '–'],
  ] as const;
  return <FigureList figures={figures} />;
}

/** Figures side by side, each under its name; the first is the main one. */
export function FigureList({
  figures,
  ...rest
}: {
  readonly figures: readonly (readonly [name: string, value: string])[];
} & ComponentProps<'dl'>) {
  return (
    <dl className={styles.figures} {...rest}>
      {figures.map(([name, value], index) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd data-main={index === 0 || undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
