/**
 * All values of a figure as a table behind a disclosure: those that are hovered on the plot, for people
 * who do not see it.
 */
import { useState } from 'react';
import { DataTable } from './DataTable.tsx';
import styles from './PlotFigure.module.css';
import type { Table } from './tables.ts';

/** The values are many: they are in the page only while they are looked at. */
export function Values({
  figure: { title, columns, rows },
}: {
  figure: {
    readonly title: string;
    readonly columns: readonly string[];
    readonly rows: Table['rows'];
  };
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.values} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Values as a table</summary>
      {isOpen && (
        <div className={styles.table}>
          <DataTable
            table={{
              caption: title,
              columns: columns.map((name) => ({ name })),
              rows,
            }}
          />
        </div>
      )}
    </details>
  );
}
