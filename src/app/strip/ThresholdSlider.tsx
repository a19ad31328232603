/**
 * The score threshold. Above the track every kept detection is a tick at its score, so one sees what
 * a move would gain or lose before making it. It only re-filters: nothing runs again.
 */
import { useId } from 'react';
import { formatScore } from '../format.ts';
import { useLoupe, useStores } from '../store/context.tsx';
import styles from './ThresholdSlider.module.css';

const LOWEST = 0.05;
const HIGHEST = 0.95;

export function ThresholdSlider() {
  const { loupe } = useStores();
  const threshold = useLoupe((state) => state.threshold);
  const id = useId();
  const share = (threshold - LOWEST) / (HIGHEST - LOWEST);
  return (
    <div className={styles.threshold}>
      <label htmlFor={id}>Score threshold</label>
      <div className={styles.track} style={{ '--share': share } as React.CSSProperties}>
        <Ticks />
        <input
          id={id}
          type="range"
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

function Ticks() {
  const detections = useLoupe((state) => state.detections);
  const threshold = useLoupe((state) => state.threshold);
  const range = HIGHEST - LOWEST;
  const path = (scores: readonly number[]) =>
    scores
      .map((score) => {
        const x = (100 * (Math.min(HIGHEST, Math.max(LOWEST, score)) - LOWEST)) / range;
        return `M${x.toFixed(2)} 0V10`;
      })
      .join('');
  const scores = detections.map(({ score }) => score);
  return (
    <svg className={styles.ticks} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
      <path className={styles.below} d={path(scores.filter((score) => score < threshold))} />
      <path className={styles.above} d={path(scores.filter((score) => score >= threshold))} />
    </svg>
  );
}
