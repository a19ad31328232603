/**
 * The Results page: the shipped detector, the experiments of the paper, sizes and reach, what was
 * tried and what it all ran on, for one data set at a time. Everything is drawn from results.json.
 */
import type { Results } from '../../core/results/schema.ts';
import styles from '../Page.module.css';
import { usePages, useStores } from '../store/context.tsx';
import { DataTable } from './DataTable.tsx';
import { DetectorSection } from './DetectorSection.tsx';
import { ExperimentSection } from './ExperimentSection.tsx';
import { OneOfFew } from './Pickers.tsx';
import { resolvePicks } from './picks.ts';
import { SizesSection } from './SizesSection.tsx';
import { throughputTable, triedTable, workTable } from './tables.ts';

const NOTHING_PICKED = {};

export function ResultsPage({ results }: { results: Results }) {
  const { pages } = useStores();
  const raw = usePages((state) => state.picks.results) ?? NOTHING_PICKED;
  const picks = resolvePicks(results, raw);
  const { paper, sets, experiments, tried, throughput } = results;
  if (!picks) {
    return (
      <main className={styles.page}>
        <h2 className={styles.title}>Results</h2>
        <p>Nothing has been measured yet.</p>
      </main>
    );
  }
  const section = { results, picks, pick: pages.getState().pick };
  return (
    <main className={styles.page}>
      <header className={styles.intro}>
        <h2 className={styles.title}>Results</h2>
        <p>
          What the detector finds, why it has the anchors it has, and how sure each figure is. The
          paper’s figures stand beside ours: {paper.citation} {paper.note}
        </p>
      </header>
      <div className={styles.sets}>
        <OneOfFew
          name="Data set"
          choices={sets.map(({ name, title }) => ({ value: name, title }))}
          value={picks.set.name}
          onPick={(set) => section.pick({ set })}
        />
      </div>
      <p className={styles.less}>{picks.set.note}</p>
      <DetectorSection {...section} />
      {experiments.map((experiment) => (
        <ExperimentSection key={experiment.name} experiment={experiment} {...section} />
      ))}
      <SizesSection {...section} />
      {tried && (
        <section className={styles.section}>
          <h3>What was tried for the detector</h3>
          <DataTable table={triedTable(tried)} />
        </section>
      )}
      <section className={styles.section}>
        <h3>What it ran on</h3>
        {throughput.length > 0 && <DataTable table={throughputTable(throughput)} />}
        <DataTable table={workTable(experiments)} />
      </section>
    </main>
  );
}
