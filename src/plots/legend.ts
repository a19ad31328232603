/**
 * The legend of a figure, inside of its SVG, so that a picture that is saved or shown on GitHub has
 * it too. A series is told by colour, and for eyes or printers without colours by symbol and dash.
 */
import type { PlotTheme } from './theme.ts';

export interface Series {
  readonly name: string;
  /** as the legend calls it */
  readonly title: string;
  readonly colour: string;
  /** of a line; bars have none */
  readonly dash?: string;
  /** for lines with points */
  readonly symbol?: SeriesSymbol;
}

export const SYMBOLS = ['circle', 'square', 'triangle', 'diamond2', 'star', 'cross'] as const;
export type SeriesSymbol = (typeof SYMBOLS)[number];

const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '4 2', '1 2'] as const;

/** Names and titles as series, in the theme's colours by `place`, or by order. */
export function seriesOf(
  entries: readonly { readonly name: string; readonly title: string; readonly place?: number }[],
  theme: PlotTheme,
): Series[] {
  return entries.map(({ name, title, place }, order) => {
    const at = place ?? order;
    return {
      name,
      title,
      colour: theme.series[at % theme.series.length] as string,
      dash: DASHES[at % DASHES.length] as string,
      symbol: SYMBOLS[at % SYMBOLS.length] as SeriesSymbol,
    };
  });
}

export interface Legend {
  readonly height: number;
  readonly entries: readonly { readonly series: Series; readonly x: number; readonly y: number }[];
}

const ROW = 20;
const SWATCH = 24;
const GAP = 18;
/** The mean width of a letter: nothing measures text in Node, and a little room does no harm. */
const LETTER = 6.6;

/** Where the entries stand: in rows, as many as fit in each. */
export function layLegend(series: readonly Series[], width: number): Legend {
  let x = 0;
  let row = 0;
  const entries = series.map((one) => {
    const needs = SWATCH + 6 + LETTER * one.title.length + GAP;
    if (x > 0 && x + needs - GAP > width) {
      x = 0;
      row++;
    }
    const entry = { series: one, x, y: row * ROW };
    x += needs;
    return entry;
  });
  return { entries, height: entries.length > 0 ? (row + 1) * ROW + 4 : 0 };
}

export const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

export function createSvg(
  document: Document,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
): SVGElement {
  const element = document.createElementNS(SVG_NAMESPACE, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, `${value}`);
  return element;
}

/** The laid-out legend as an SVG group; it ends where the figure begins, at 0. */
export function drawLegend(
  document: Document,
  { entries, height }: Legend,
  theme: PlotTheme,
): SVGElement {
  const group = createSvg(document, 'g', { 'aria-hidden': 'true', 'text-anchor': 'start' });
  for (const { series, x, y } of entries) {
    const middle = y + ROW / 2 - height;
    const swatch =
      series.dash === undefined
        ? createSvg(document, 'rect', {
            x,
            y: middle - 5,
            width: SWATCH,
            height: 10,
            fill: series.colour,
          })
        : createSvg(document, 'path', {
            d: `M${x},${middle}h${SWATCH}`,
            fill: 'none',
            stroke: series.colour,
            'stroke-width': 2.5,
            'stroke-dasharray': series.dash,
          });
    const words = createSvg(document, 'text', {
      x: x + SWATCH + 6,
      y: middle,
      dy: '0.35em',
      fill: theme.quiet,
    });
    words.textContent = series.title;
    group.append(swatch, words);
  }
  return group;
}
