/**
 * The results as `loupe report` has written them: docs/results/results.json itself is an asset of
 * the build, fetched when it is asked for and checked before anything is drawn from it.
 */
import { type Results, resultsSchema } from '../../core/results/schema.ts';

/** Empty in a checkout in which `loupe report` has not run yet. */
const files = import.meta.glob<string>('../../../docs/results/results.json', {
  query: '?url&no-inline',
  import: 'default',
  eager: true,
});

export const resultsUrl: string | undefined = Object.values(files)[0];

/** @throws Error with one sentence for people */
export async function loadResults(): Promise<Results> {
  if (!resultsUrl) throw new Error('There are no results yet; loupe report writes them.');
  let json: unknown;
  try {
    const response = await fetch(resultsUrl);
    if (!response.ok) throw new Error(`${response.status}`);
    json = await response.json();
  } catch {
    throw new Error('The results could not be fetched. Check the connection and try again.');
  }
  const { data } = resultsSchema.safeParse(json);
  if (!data) throw new Error('The results cannot be read; loupe report writes them anew.');
  return data;
}
