/**
 * One bar for the whole way, from the first byte of the model to the last box, with the name of the
 * stage it is in and a way out. While a photo is only being opened there is nothing to measure yet.
 */
import { megabytes } from '../format.ts';
import { useLoupe, useStores } from '../store/context.tsx';
import styles from './RunProgress.module.css';

export function RunProgress() {
  const { loupe } = useStores();
  const progress = useLoupe((state) => state.progress);
  const opening = useLoupe((state) => state.opening);
  const percent = Math.round((progress?.fraction ?? 0) * 100);
  const measured = opening === null && progress !== null;
  const words = opening !== null ? `Opening ${opening}` : (progress?.message ?? 'Starting');
  return (
    <div className={styles.progress}>
      <div className={styles.words}>
        <span className={styles.stage}>{words}</span>
        {measured && progress.bytesTotal ? (
          <span className={styles.bytes}>
            {megabytes(progress.bytesDone ?? 0)} of {megabytes(progress.bytesTotal)} MB
          </span>
        ) : null}
        {measured && <span className={styles.percent}>{percent} %</span>}
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-label="Finding objects"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={measured ? percent : undefined}
        aria-valuetext={measured ? `${words}, ${percent} %` : words}
      >
        <div
          className={styles.fill}
          data-waiting={!measured || undefined}
          style={{ transform: `scaleX(${measured ? Math.max(0.004, progress.fraction) : 1})` }}
        />
      </div>
      <button type="button" className="button" onClick={() => loupe.getState().cancel()}>
        Cancel
      </button>
    </div>
  );
}
