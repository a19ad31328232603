/**
 * What a figure is: rows of values, and a way to draw them. The tip at a point is written from the
 * same cells as the table of values, so what is hovered and what is read out cannot differ. The app
 * draws with its own document and theme; the report in Node hands in a document of its own.
 */
import * as Plot from '@observablehq/plot';
import { createSvg, drawLegend, layLegend, type Series, SVG_NAMESPACE } from './legend.ts';
import type { PlotTheme } from './theme.ts';

/** One value that can be pointed at. */
export interface Row {
  readonly series: string;
  /** places on the axes; null where there is no figure: then it is in the table alone */
  readonly x: number | string | null;
  readonly y: number | string | null;
  /** where a figure has panels, the panel */
  readonly group?: string;
  /** what the table and the tip say, in the order of the columns */
  readonly cells: readonly string[];
}

export interface DrawOptions {
  readonly width: number;
  readonly theme: PlotTheme;
  /** in Node there is none but the caller's */
  readonly document?: Document;
  /** the place in `rows` of the value whose tip is shown, as keys or a hovering pointer say */
  readonly at?: number | undefined;
}

export interface Figure {
  readonly title: string;
  /** what it shows and how to read it, in a sentence or two */
  readonly summary: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  draw(options: DrawOptions): SVGSVGElement;
}

/** A value in words: `Anchors: Paper` and so on, a line for each column. */
export const tipText = (columns: readonly string[], row: Row): string =>
  columns.map((column, index) => `${column}: ${row.cells[index]}`).join('\n');

interface Drawing extends Plot.PlotOptions {
  readonly marks: Plot.Markish[];
  /** named in a legend on top; none where there is one only */
  readonly series?: readonly Series[];
}

const FONT_SIZE = 12;

/** Draws a figure with what all of them have in common: ground, legend, words, tips. */
export function drawFigure(
  { title, summary, columns, rows }: Omit<Figure, 'draw'>,
  { marks, series = [], height = 320, marginBottom = 42, ...plot }: Drawing,
  { width, theme, document, at }: DrawOptions,
): SVGSVGElement {
  const legend = layLegend(series.length > 1 ? series : [], width);
  const grouped = rows.some(({ group }) => group !== undefined);
  const place = { x: 'x', y: 'y', ...(grouped && { fy: 'group' }) };
  const tip = {
    ...place,
    title: (row: Row) => tipText(columns, row),
    fill: theme.background,
    stroke: theme.context,
    pathFilter: 'none',
    fontSize: FONT_SIZE,
    lineWidth: 26,
    lineHeight: 1.25,
  };
  const ring = { ...place, r: 6, stroke: theme.ink, strokeWidth: 2 };
  // What keys have chosen stays alone until the pointer moves.
  const shown =
    at === undefined
      ? [
          Plot.dot(rows, Plot.pointer({ ...ring, maxRadius: 60 })),
          Plot.tip(rows, Plot.pointer({ ...tip, maxRadius: 60 })),
        ]
      : [Plot.dot(rows.slice(at, at + 1), ring), Plot.tip(rows.slice(at, at + 1), tip)];
  const svg = Plot.plot({
    ...plot,
    ...(document && { document }),
    width,
    height,
    marginBottom,
    ariaLabel: title,
    ariaDescription: summary,
    style: { color: theme.quiet, fontFamily: theme.font, fontSize: `${FONT_SIZE}px` },
    marks: [...marks, ...shown],
  }) as unknown as SVGSVGElement;
  svg.setAttribute('xmlns', SVG_NAMESPACE);
  // The legend stands above what Plot has drawn: the picture grows upwards, its coordinates stay.
  const box = { y: -legend.height, width, height: height + legend.height };
  svg.setAttribute('height', `${box.height}`);
  svg.setAttribute('viewBox', `0 ${box.y} ${width} ${box.height}`);
  svg.prepend(createSvg(svg.ownerDocument, 'rect', { ...box, fill: theme.background }));
  svg.append(drawLegend(svg.ownerDocument, legend, theme));
  return svg;
}
