/**
 * The Anchors page: which objects of a data set an anchor set can be matched with at all, before
 * anything is trained, while its sizes move.
 */
import { useEffect } from 'react';
import { LiveRegion } from '../Announcer.tsx';
import page from '../Page.module.css';
import { useLab, useStores } from '../store/context.tsx';
import { Comparison, Starts } from './Comparison.tsx';
import { ExportSection } from './ExportSection.tsx';
import { KeyFigures } from './KeyFigures.tsx';
import styles from './LabPage.module.css';
import { OverlapDrawing } from './OverlapDrawing.tsx';
import { Plots } from './Plots.tsx';
import { PhotoPanel } from './photo/PhotoPanel.tsx';
import { SameByCommand } from './SameByCommand.tsx';
import { Settings } from './Settings.tsx';
import { SizeSliders } from './SizeSliders.tsx';
import { DataPicker, Toolbar } from './Toolbar.tsx';

export function LabPage() {
  const { lab } = useStores();
  useEffect(() => lab.getState().start(), [lab]);
  return (
    <main className={page.page}>
      <header className={styles.head}>
        <div className={page.intro}>
          <h2 className={page.title}>Anchors</h2>
          <p>
            No network can find an object that none of its anchors overlaps enough. Move the sizes
            and see how many objects of the data have an anchor, before anything is trained.
          </p>
        </div>
        <Toolbar />
      </header>
      <DataPicker />
      <div className={styles.bench}>
        <PhotoPanel />
        <div className={styles.controls}>
          <SizeSliders />
          <Settings />
          <Starts />
        </div>
        <div className={styles.shown}>
          <KeyFigures />
          <Plots />
        </div>
      </div>
      <section className={page.section}>
        <h3>Beside other sets</h3>
        <Comparison />
        <SameByCommand />
      </section>
      <section className={page.section}>
        <h3>An object in its anchor (Figure 3)</h3>
        <OverlapDrawing />
      </section>
      <section className={page.section}>
        <h3>Take the anchors away</h3>
        <ExportSection />
      </section>
      <Voice />
    </main>
  );
}

/** On its own, so that what is said at every tick draws nothing else anew. */
const Voice = () => <LiveRegion text={useLab((state) => state.announcement)} />;
