/**
 * Walking through a figure's values by keys: right and left to the next and the one before, down
 * and up to the next series at the same place, or the nearest to it, Home and End, Escape to let go.
 */
import type { Row } from './figure.ts';

/**
 * Where a key leads.
 *
 * @param at the place in `rows` to start from; undefined where nothing is pointed at
 * @returns the new place; undefined for none; null where the key means nothing here
 */
export function walk(
  rows: readonly Row[],
  at: number | undefined,
  key: string,
): number | undefined | null {
  const drawn = rows.flatMap(({ x, y }, index) => (x === null || y === null ? [] : [index]));
  const last = drawn.length - 1;
  if (key === 'Escape') return at === undefined ? null : undefined;
  if (last < 0) return null;
  const place = at === undefined ? -1 : drawn.indexOf(at);
  const stop = (to: number) => drawn[Math.max(0, Math.min(last, to))];
  if (key === 'ArrowRight') return stop(place + 1);
  if (key === 'ArrowLeft') return stop(place - 1);
  if (key === 'Home') return drawn[0];
  if (key === 'End') return drawn[last];
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return null;
  const from = rows[at ?? -1];
  if (!from) return drawn[0];
  const turn = key === 'ArrowDown' ? 1 : -1;
  const names = [...new Set(drawn.map((index) => rows[index]?.series as string))];
  if (names.length === 1) return stop(place + turn);
  const next = names[(names.indexOf(from.series) + turn + names.length) % names.length] as string;
  return nearest(
    drawn.filter((index) => rows[index]?.series === next),
    rows,
    from,
  );
}

/** Of some rows the one beside `from`: in its panel, or at its place on the axis. */
function nearest(places: readonly number[], rows: readonly Row[], from: Row): number | undefined {
  const distance = (index: number) => {
    const row = rows[index] as Row;
    if (row.group !== undefined) return Number(row.group !== from.group);
    return Math.abs(Number(row.x) - Number(from.x));
  };
  return places.toSorted((a, b) => distance(a) - distance(b))[0];
}
