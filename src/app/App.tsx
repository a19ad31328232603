/**
 * The window: header on top, below it the page that the address names: Detect, which is the welcome
 * page or the bench (stage, strip, inspector), or Anchors or Results, whose scripts come when they are
 * first opened. A page is only hidden while another is shown, so that it is found again as it was left.
 * What concerns the window as a whole lives here too: dropping and pasting anywhere, the alert, and
 * the voice for screen readers.
 */
import { Tooltip } from 'radix-ui';
import { Activity, useEffect, useRef, useState } from 'react';
import { Announcer } from './Announcer.tsx';
import styles from './App.module.css';
import { DropTarget } from './DropTarget.tsx';
import { TopBar } from './header/TopBar.tsx';
import { Inspector } from './inspector/Inspector.tsx';
import { LabGate } from './lab/LabGate.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';
import { PerformancePanel } from './performance/PerformancePanel.tsx';
import { ResultsGate } from './results/ResultsGate.tsx';
import { PhotoStage } from './stage/PhotoStage.tsx';
import { useLoupe, usePages } from './store/context.tsx';
import { PAGE_TITLES, type Page } from './store/pages.ts';
import { Strip } from './strip/Strip.tsx';
import { Viewer } from './viewer/Viewer.tsx';
import { Welcome } from './welcome/Welcome.tsx';

const DETECT_TITLE = document.title;

export function App() {
  const hasPhoto = useLoupe((state) => state.photo !== null);
  const page = usePages((state) => state.page);
  const isDetect = page === 'detect';
  const [opened, setOpened] = useState<readonly Page[]>([page]);
  if (!opened.includes(page)) setOpened([...opened, page]);
  useOwnScroll(page);
  useEffect(() => {
    document.title = isDetect ? DETECT_TITLE : `${PAGE_TITLES[page]} – ${DETECT_TITLE}`;
  }, [isDetect, page]);
  return (
    <Tooltip.Provider delayDuration={400}>
      <div className={styles.window} data-photo={(isDetect && hasPhoto) || undefined}>
        <TopBar />
        <ProblemAlert />
        <Activity mode={isDetect ? 'visible' : 'hidden'}>
          {hasPhoto ? (
            <main className={styles.bench}>
              <PhotoStage />
              <Strip />
              <Inspector />
              <Viewer />
            </main>
          ) : (
            <main className={styles.welcome}>
              <Welcome />
            </main>
          )}
        </Activity>
        {opened.includes('anchors') && (
          <Activity mode={page === 'anchors' ? 'visible' : 'hidden'}>
            <LabGate />
          </Activity>
        )}
        {opened.includes('results') && (
          <Activity mode={page === 'results' ? 'visible' : 'hidden'}>
            <ResultsGate />
          </Activity>
        )}
      </div>
      <PerformancePanel />
      <DropTarget />
      <Announcer />
    </Tooltip.Provider>
  );
}

/** All pages share the window's scrollbar, and each finds it where it left it. */
function useOwnScroll(page: Page): void {
  const places = useRef<Partial<Record<Page, number>>>({});
  useEffect(() => {
    scrollTo(0, places.current[page] ?? 0);
    const note = () => {
      places.current[page] = scrollY;
    };
    addEventListener('scroll', note, { passive: true });
    return () => removeEventListener('scroll', note);
  }, [page]);
}
