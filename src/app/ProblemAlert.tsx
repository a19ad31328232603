/**
 * The one alert: a plain sentence, Retry where trying again can help, and a way to put it aside.
 * It takes its own row below the header and covers nothing of what was on screen.
 */

import { TriangleAlert, X } from 'lucide-react';
import { IconButton } from './IconButton.tsx';
import styles from './ProblemAlert.module.css';
import { useLoupe, useStores } from './store/context.tsx';

export function ProblemAlert() {
  const problem = useLoupe((state) => state.problem);
  const { loupe } = useStores();
  if (!problem) return null;
  return (
    <div className={styles.alert} role="alert">
      <TriangleAlert aria-hidden className={styles.icon} />
      <p className={styles.message}>{problem.message}</p>
      {problem.retry && (
        <button type="button" className="button" onClick={problem.retry}>
          Retry
        </button>
      )}
      <IconButton label="Dismiss" onClick={() => loupe.getState().dismissProblem()}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
