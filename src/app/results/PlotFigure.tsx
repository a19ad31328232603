/**
 * A figure on the page: its title and what it says in words, the picks that change it, the plot, and
 * all of its values as a table behind a disclosure. Values show on hover; with the plot focused, keys
 * walk from value to value, and each is spoken.
 */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { type Figure, tipText } from '../../plots/figure.ts';
import { APP_THEME } from '../../plots/theme.ts';
import { walk } from '../../plots/walk.ts';
import { useWidth } from '../useWidth.ts';
import styles from './PlotFigure.module.css';
import { Values } from './Values.tsx';

export function PlotFigure({ figure, children }: { figure: Figure; children?: ReactNode }) {
  const { title, summary, columns, rows } = figure;
  const [pinned, setPinned] = useState<{ figure: Figure; at: number }>();
  // Another figure has other values at the same places.
  const at = pinned?.figure === figure ? pinned.at : undefined;
  const pin = (place: number | undefined) =>
    setPinned(place === undefined ? undefined : { figure, at: place });
  const [frame, width] = useWidth();
  const id = useId();

  useEffect(() => {
    if (width === 0) return;
    frame.current?.replaceChildren(figure.draw({ width, theme: APP_THEME, at }));
  }, [figure, width, at, frame]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = walk(rows, at, event.key);
    if (to === null) return;
    event.preventDefault();
    pin(to);
  };
  const row = rows[at ?? -1];

  return (
    <figure className={styles.figure} aria-labelledby={id}>
      <figcaption>
        <h4 id={id}>{title}</h4>
        <p>{summary}</p>
      </figcaption>
      {children}
      {/* A surface of its own: arrows walk from value to value here, and scroll nothing. */}
      {/* biome-ignore lint/a11y/useSemanticElements: no element means "plot with values to walk" */}
      <div
        className={styles.plot}
        role="group"
        aria-roledescription="plot"
        aria-label={`${title}. Left and right arrow walk along the values, up and down change the series, Escape lets go.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, so it must take focus
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => pin(undefined)}
        onPointerMove={() => at !== undefined && pin(undefined)}
      >
        <div ref={frame} aria-hidden />
        <p className="hidden" role="status">
          {row && tipText(columns, row).replaceAll('\n', ', ')}
        </p>
      </div>
      <Values figure={figure} />
    </figure>
  );
}
