/** Over the comparison while one of its sides is being computed: how far it is. */
import { useSharpen } from '../store/context.tsx';
import styles from './Compare.module.css';

export function Enlarging() {
  const progress = useSharpen((state) => state.enlarging);
  const percent = Math.round(100 * (progress?.fraction ?? 0));
  if (!progress) return null;
  return (
    <p className={styles.enlarging}>
      {progress.message}, {percent} %
      <progress className="hidden" value={percent} max={100} aria-label={progress.message} />
    </p>
  );
}
