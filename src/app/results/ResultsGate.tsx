/** The door to the Results page: its script, with the plots, and the results that it shows. */
import { notFetched, PageGate } from '../PageGate.tsx';

const load = async () => {
  const scripts = Promise.all([import('./ResultsPage.tsx'), import('./loadResults.ts')]);
  const [{ ResultsPage }, { loadResults }] = await scripts.catch(notFetched('Results'));
  const results = await loadResults();
  return () => <ResultsPage results={results} />;
};

export const ResultsGate = () => (
  <PageGate title="Results" waiting="Fetching the results …" load={load} />
);
