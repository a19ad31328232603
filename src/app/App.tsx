/**
 * The window: header on top, then either the welcome page or the bench (stage, strip, inspector).
 * What concerns the page as a whole lives here too: dropping and pasting anywhere, the alert, and
 * the voice for screen readers.
 */
import { Tooltip } from 'radix-ui';
import { Announcer } from './Announcer.tsx';
import styles from './App.module.css';
import { DropTarget } from './DropTarget.tsx';
import { TopBar } from './header/TopBar.tsx';
import { Inspector } from './inspector/Inspector.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';
import { PhotoStage } from './stage/PhotoStage.tsx';
import { useLoupe } from './store/context.tsx';
import { Strip } from './strip/Strip.tsx';
import { Welcome } from './welcome/Welcome.tsx';

export function App() {
  const hasPhoto = useLoupe((state) => state.photo !== null);
  return (
    <Tooltip.Provider delayDuration={400}>
      <div className={styles.window} data-photo={hasPhoto || undefined}>
        <TopBar />
        <ProblemAlert />
        {hasPhoto ? (
          <main className={styles.bench}>
            <PhotoStage />
            <Strip />
            <Inspector />
          </main>
        ) : (
          <main className={styles.welcome}>
            <Welcome />
          </main>
        )}
      </div>
      <DropTarget />
      <Announcer />
    </Tooltip.Provider>
  );
}
