/**
 * The score threshold. Above the track the kept detections stand at their scores, so one sees what a
 * move would gain or lose before making it. It only re-filters: nothing runs again.
 */
import { useId } from 'react';
import { formatScore } from '../format.ts';
import { RangeInput } from '../RangeInput.tsx';
import { useLoupe, useStores } from '../store/context.tsx';
import styles from './ThresholdSlider.module.css';

const LOWEST = 0.05;
const HIGHEST = 0.95;
const BIN = 0.02;

export function ThresholdSlider() {
  const { loupe } = useStores();
  const threshold = useLoupe((state) => state.threshold);
  const id = useId();
  const share = (threshold - LOWEST) / (HIGHEST - LOWEST);
  return (
    <div className={styles.threshold}>
      <label htmlFor={id}>Score threshold</label>
      <div className={styles.track}>
        <Ticks />
        <RangeInput
          id={id}
          share={share}
          min={LOWEST}
          max={HIGHEST}
          step={0.01}
          value={threshold}
          aria-valuetext={`${formatScore(threshold)} or more`}
          onChange={(event) => loupe.getState().setThreshold(Number(event.target.value))}
        />
      </div>
      <output htmlFor={id} className={styles.value}>
        {formatScore(threshold)}
      </output>
    </div>
  );
}

/** Scores fall into bins of 0.02; a bin's height tells how many they are, compared with the fullest. */
function Ticks() {
  const detections = useLoupe((state) => state.detections);
  const threshold = useLoupe((state) => state.threshold);
  const range = HIGHEST - LOWEST;
  const bins = new Map<number, number>();
  for (const { score } of detections) {
    const bin = Math.round(Math.min(HIGHEST, Math.max(LOWEST, score)) / BIN);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const fullest = Math.max(...bins.values());
  const path = (shown: boolean) =>
    [...bins]
      .filter(([bin]) => bin * BIN >= threshold - BIN / 2 === shown)
      .map(([bin, count]) => {
        const x = (100 * (bin * BIN - LOWEST)) / range;
        return `M${x.toFixed(2)} 10v${(-10 * Math.sqrt(count / fullest)).toFixed(2)}`;
      })
      .join('');
  return (
    <svg className={styles.ticks} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
      <path className={styles.below} d={path(false)} />
      <path className={styles.above} d={path(true)} />
    </svg>
  );
}
