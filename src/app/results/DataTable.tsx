/**
 * A table of words and numbers: names and words to the left, numbers to the right. One that is
 * wider than the page scrolls in a frame of its own, with keys too.
 */
import styles from './DataTable.module.css';
import type { Table } from './tables.ts';

export function DataTable({ table: { caption, columns, rows } }: { table: Table }) {
  const wordsAt = (at: number) => at === 0 || columns[at]?.words;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a frame that scrolls, not a set of fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must take focus
    <div className={styles.frame} role="group" aria-label={caption} tabIndex={0}>
      <table className={styles.table}>
        <caption>
          <span>{caption}</span>
        </caption>
        <thead>
          <tr>
            {columns.map(({ name }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns have places, not identities
              <th scope="col" key={at} data-words={wordsAt(at) || undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ cells, quiet }, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have places, not identities
            <tr key={row} data-quiet={quiet}>
              {cells.map((cell, at) =>
                at === 0 ? (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <th scope="row" key={at} data-words>
                    {cell}
                  </th>
                ) : (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <td key={at} data-words={wordsAt(at) || undefined}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
