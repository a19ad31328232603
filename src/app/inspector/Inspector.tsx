/** To the right of the stage: the selected detection under the lens, or the run as a whole. */
import { useLoupe } from '../store/context.tsx';
import styles from './Inspector.module.css';
import { Overview } from './Overview.tsx';
import { Selection } from './Selection.tsx';

export function Inspector() {
  const selected = useLoupe((state) => state.selected);
  const detection = useLoupe((state) => state.detections[state.selected ?? -1]);
  return (
    // Scrolls on short screens: it takes focus so that keys can do it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable
    <aside className={styles.inspector} aria-label="Inspector" tabIndex={0}>
      {detection && selected !== null ? (
        <Selection detection={detection} index={selected} />
      ) : (
        <Overview />
      )}
    </aside>
  );
}
