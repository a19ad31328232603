/**
 * The door to the Results page: its script, with the plots, and the results are fetched when the
 * page is opened, and never before. Until then, and where they cannot be had, a plain sentence.
 */
import { useLoaded } from '../useLoaded.ts';
import styles from './ResultsPage.module.css';

const loadPage = async () => {
  const scripts = Promise.all([import('./ResultsPage.tsx'), import('./loadResults.ts')]);
  const [{ ResultsPage }, { loadResults }] = await scripts.catch(() => {
    throw new Error('The Results page could not be fetched. Check the connection and try again.');
  });
  return { ResultsPage, results: await loadResults() };
};

export function ResultsGate() {
  const { value, problem, retry } = useLoaded(loadPage);
  if (value) return <value.ResultsPage results={value.results} />;
  return (
    <main className={styles.page}>
      <h2 className={styles.title}>Results</h2>
      {problem === undefined ? (
        <p role="status">Fetching the results …</p>
      ) : (
        <div className={styles.problem} role="alert">
          <p>{problem}</p>
          <button type="button" className="button" onClick={retry}>
            Retry
          </button>
        </div>
      )}
    </main>
  );
}
