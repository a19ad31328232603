/**
 * What lies below the stage, always as high: while a run goes on, its progress, above what an earlier
 * run found in the same photo; after it, the threshold and the detections as a strip of frames, or a
 * plain word where there are none.
 */

import { useState } from 'react';
import { formatScore, plural } from '../format.ts';
import { useLoupe, useShown, useStores } from '../store/context.tsx';
import { listClasses } from '../words.ts';
import { DetectionList } from './DetectionList.tsx';
import { type Order, OrderChoice, useOrder } from './order.tsx';
import { RunProgress } from './RunProgress.tsx';
import { SecondLook } from './SecondLook.tsx';
import styles from './Strip.module.css';
import { ThresholdSlider } from './ThresholdSlider.tsx';

export function Strip() {
  const run = useLoupe((state) => state.run);
  const opening = useLoupe((state) => state.opening);
  const shown = useShown();
  if (run === 'running' || opening !== null) {
    return (
      <section className={styles.strip} aria-label="Progress">
        <RunProgress />
        {shown.length > 0 && <DetectionList shown={shown} />}
      </section>
    );
  }
  return (
    <section className={styles.strip} aria-label="Result">
      {run === 'done' ? <Result /> : <Stopped />}
    </section>
  );
}

function Result() {
  const total = useLoupe((state) => state.detections.length);
  const shown = useShown();
  const [order, setOrder] = useState<Order>('score');
  const indices = useOrder(shown, order);
  return (
    <>
      <div className={styles.bar}>
        <h2 className={styles.count}>
          {plural(shown.length, 'object')}
          {total > shown.length && (
            <span className={styles.rest}>{total - shown.length} hidden</span>
          )}
        </h2>
        <SecondLook />
        {shown.length > 1 && <OrderChoice order={order} onChange={setOrder} />}
        {total > 0 && <ThresholdSlider />}
      </div>
      {shown.length > 0 ? <DetectionList shown={shown} order={indices} /> : <NoDetections />}
    </>
  );
}

/** Nothing at this threshold: says so, and offers the threshold at which there is something. */
function NoDetections() {
  const { loupe } = useStores();
  const threshold = useLoupe((state) => state.threshold);
  const best = useLoupe((state) => state.detections[0]);
  const model = useLoupe((state) => state.result?.model);
  if (!best) {
    return (
      <div className={styles.none}>
        <p>
          Nothing found in this photo, at any score.
          {model && ` The model ${model.name} knows ${listClasses(model, 8)}.`}
        </p>
      </div>
    );
  }
  const within = Math.floor(best.score * 100) / 100;
  return (
    <div className={styles.none}>
      <p>
        Nothing scores {formatScore(threshold)} or more. The best is{' '}
        <strong>
          {best.className} at {formatScore(best.score)}
        </strong>
        : lower the threshold to see it.
      </p>
      <button
        type="button"
        className="button"
        onClick={() => loupe.getState().setThreshold(within)}
      >
        Show from {formatScore(within)}
      </button>
    </div>
  );
}

function Stopped() {
  const { loupe } = useStores();
  const run = useLoupe((state) => state.run);
  return (
    <div className={styles.none}>
      <p>{run === 'failed' ? 'The run did not finish.' : 'Cancelled. The photo is still here.'}</p>
      <button
        type="button"
        className="button"
        data-main
        onClick={() => loupe.getState().detectAgain()}
      >
        Find objects
      </button>
    </div>
  );
}
