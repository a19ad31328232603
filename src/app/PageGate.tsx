/**
 * The door to a page whose script comes when it is first opened, and never before. Until then, and
 * where it cannot be had, a plain sentence.
 */
import type { ComponentType } from 'react';
import styles from './Page.module.css';
import { useLoaded } from './useLoaded.ts';

interface Props {
  readonly title: string;
  /** said while it comes */
  readonly waiting: string;
  /** stays the same between renders; rejects with one sentence */
  readonly load: () => Promise<ComponentType>;
}

export function PageGate({ title, waiting, load }: Props) {
  const { value: Page, problem, retry } = useLoaded(load);
  if (Page) return <Page />;
  return (
    <main className={styles.page}>
      <h2 className={styles.title}>{title}</h2>
      {problem === undefined ? (
        <p role="status">{waiting}</p>
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

/** The sentence for a page's script that did not come. */
export const notFetched = (title: string) => (): never => {
  throw new Error(`The ${title} page could not be fetched. Check the connection and try again.`);
};
