/**
 * The anchors beside the named sets and the three fits: what each reaches and costs on the same data.
 * Any of them can be taken over by one click.
 */

import { useDeferredValue, useMemo } from 'react';
import type { ComparedSet } from '../../core/anchors/comparison.ts';
import { FIT_METHODS, type FitMethod } from '../../core/anchors/fitting.ts';
import { ANCHOR_SETS } from '../../core/anchors/sets.ts';
import { percent } from '../../core/results/percent.ts';
import { DataTable } from '../results/DataTable.tsx';
import type { Table } from '../results/tables.ts';
import { useLab, useStores } from '../store/context.tsx';
import styles from './LabPage.module.css';
import type { LabState } from './labStore.ts';
import { SET_NAMES, SET_TITLES } from './setNames.ts';
import { inRange, LARGEST, SMALLEST } from './tuning.ts';

const FIT_TITLES: Readonly<Record<FitMethod, string>> = {
  theory: 'Fit: theory',
  'k-means': 'Fit: k-means',
  recall: 'Fit: recall',
};
/** Sets and fits, to start from. */
export function Starts() {
  const { lab } = useStores();
  const fits = useLab((state) => state.fits);
  const outOfRange = FIT_METHODS.filter((method) =>
    fits[method]?.row.set.sizes.some((size) => size !== inRange(size)),
  ).map((method) => FIT_TITLES[method]);
  const take = (sizes: readonly number[], ratios: readonly number[], name: string) => {
    const { history, change } = lab.getState();
    change({ ...history.present, sizes: sizes.map(inRange), ratios });
    lab.getState().say(`${name}: ${sizes.map(inRange).join(', ')} px.`);
  };
  return (
    <fieldset className={styles.fields}>
      <legend>Take over</legend>
      <div className={styles.starts}>
        {SET_NAMES.map((name) => (
          <button
            key={name}
            type="button"
            className="button"
            onClick={() => {
              const { sizes, aspectRatios } = ANCHOR_SETS[name];
              take(sizes, aspectRatios, SET_TITLES[name]);
            }}
          >
            {SET_TITLES[name]}
          </button>
        ))}
        {FIT_METHODS.map((method) => {
          const set = fits[method]?.row.set;
          return (
            <button
              key={method}
              type="button"
              className="button"
              disabled={!set}
              onClick={() => set && take(set.sizes, set.aspectRatios, FIT_TITLES[method])}
            >
              {FIT_TITLES[method]}
            </button>
          );
        })}
      </div>
      {outOfRange.length > 0 && (
        <p className={styles.less}>
          {outOfRange.join(' and ')} {outOfRange.length === 1 ? 'has' : 'have'} sizes outside of{' '}
          {SMALLEST} to {LARGEST.toLocaleString('en')} px, which this page can show; taken over,
          they stand at its ends.
        </p>
      )}
    </fieldset>
  );
}

export function Comparison() {
  // The table may come a moment after the plots: it must not hold a tick up.
  const measured = useDeferredValue(useLab((state) => state.measured));
  const compared = useLab((state) => state.compared);
  const fits = useLab((state) => state.fits);
  return useMemo(
    () => <DataTable table={comparisonTable({ measured, compared, fits })} />,
    [measured, compared, fits],
  );
}

/** Yours, the named sets and the fits as words and numbers. */
export function comparisonTable({
  measured,
  compared,
  fits,
}: Pick<LabState, 'measured' | 'compared' | 'fits'>): Table {
  const edges = measured?.row.bySize ?? [];
  return {
    caption:
      'Best possible recall in %, of all objects and by their side in pixels; mean IoU of the best anchor; anchors that are no object’s match; anchors of a photo and what the RPN’s last layers compute for them',
    columns: [
      { name: 'Anchors' },
      { name: 'Recall' },
      ...edges.map(({ from, to }) => ({
        name: from === 0 ? `< ${to}` : Number.isFinite(to) ? `${from}–${to}` : `≥ ${from}`,
      })),
      { name: 'Mean IoU' },
      { name: 'Unused' },
      { name: 'Anchors a photo' },
      { name: 'GFLOP' },
      { name: 'Sizes, px', words: true },
    ],
    rows: [
      ...(measured ? [cellsOf('Yours', measured.row)] : []),
      ...SET_NAMES.flatMap((name) => {
        const row = compared.find((one) => one.name === name);
        return row ? [cellsOf(SET_TITLES[name], row)] : [];
      }),
      ...FIT_METHODS.map((method) => {
        const row = fits[method]?.row;
        if (row) return cellsOf(FIT_TITLES[method], row);
        return {
          cells: [FIT_TITLES[method], ...Array(edges.length + 5).fill('…'), 'being fitted'],
        };
      }),
    ],
  };
}

function cellsOf(title: string, row: ComparedSet): Table['rows'][number] {
  const { sizes, aspectRatios } = row.set;
  return {
    cells: [
      title,
      percent(row.bestPossibleRecall),
      ...row.bySize.map(({ recall }) => percent(recall)),
      percent(row.meanBestIoU),
      `${row.unused} of ${sizes.length * aspectRatios.length}`,
      Math.round(row.anchorsPerPicture).toLocaleString('en'),
      row.gflop.toFixed(3),
      sizes.join(', '),
    ],
  };
}
