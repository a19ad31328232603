/**
 * Tables on the terminal.
 */

/** Columns as wide as their widest cell; numbers to the right, words to the left. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumeric = (column: number) =>
    /^([-–]|[\d.]+)$/.test(rows.at(-1)?.[column] ?? '') && column > 0;
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths?.[column] ?? 0;
          return isNumeric(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
