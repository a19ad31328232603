/**
 * Figures: every series of the results is drawn, what is hovered is what the table says, and one set
 * of results is one SVG, to the byte, drawn in Node.
 */
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { describe, expect, it, test } from 'vitest';
import { percent, points, range } from '../../src/core/results/percent.ts';
import { bySizeFigure, errorsFigure } from '../../src/plots/detectorBars.ts';
import { differencesFigure, verdict } from '../../src/plots/differences.ts';
import { type Figure, tipText } from '../../src/plots/figure.ts';
import { precisionRecallFigure } from '../../src/plots/precisionRecall.ts';
import { type ProposalsPicks, proposalsFigure } from '../../src/plots/proposals.ts';
import { sizesFigure } from '../../src/plots/sizes.ts';
import { PAPER_THEME } from '../../src/plots/theme.ts';
import { walk } from '../../src/plots/walk.ts';
import { madeUpResults } from '../support/madeUpResults.ts';

const results = madeUpResults();
const experiment = results.experiments[0] as (typeof results.experiments)[number];
const set = results.sets[1] as (typeof results.sets)[number];
const looks = results.detector.filter((one) => one.set === set.name);
const curves = (looks[0]?.curves ?? []).map((curve) => ({
  name: curve.class,
  title: curve.class,
  curve,
}));
const proposals = (picks: Partial<ProposalsPicks> = {}) =>
  proposalsFigure(experiment, set.classes, {
    set: set.name,
    measure: 'AP50',
    size: 'all',
    class: null,
    ...picks,
  });

const FIGURES: [name: string, figure: Figure][] = [
  ['proposals', proposals()],
  ['recall of small objects', proposals({ measure: 'recall', size: 'below 0.25 %' })],
  ['one class', proposals({ class: 'cup' })],
  ['curves', precisionRecallFigure('Curves', 'Class', curves)],
  ['curves of two', precisionRecallFigure('Curves', 'Class', curves, ['cup', 'vase'])],
  ['sizes of objects', bySizeFigure(looks, { measure: 'AP50', picked: 'Fine' })],
  ['errors', errorsFigure(looks)],
  ['differences', differencesFigure('anchor sets', experiment.differences)],
  [
    'sizes and reach',
    sizesFigure(results.sizes as NonNullable<typeof results.sizes>, set.name) as Figure,
  ],
];

const { document } = parseHTML('<!doctype html><html><body></body></html>');
const draw = (figure: Figure, at?: number) =>
  figure.draw({ document, width: 640, theme: PAPER_THEME, at });
const wordsOf = (svg: Element) =>
  [...svg.querySelectorAll('text')].map(({ textContent }) => textContent ?? '');
/** As a tip is drawn: broken into lines, with a mark of no width at the beginning of each. */
const unbroken = (words: string) => words.replace(/[\s\u200b]/g, '');

describe.each(FIGURES)('the figure of %s', (_, figure) => {
  it('is the same SVG, to the byte, each time', () => {
    expect(draw(figure).outerHTML).toBe(draw(figure).outerHTML);
  });

  it('is a file that a renderer without a browser reads', async () => {
    const { data, info } = await sharp(Buffer.from(draw(figure).outerHTML))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info.width).toBe(640);
    // It brings its ground: a corner is white, not the page.
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  it('shows at a value what the table has in its row', () => {
    const at = figure.rows.findIndex(({ x, y }) => x !== null && y !== null);
    const row = figure.rows[at] as Figure['rows'][number];
    expect(row.cells).toHaveLength(figure.columns.length);
    const tip = unbroken(tipText(figure.columns, row));
    expect(wordsOf(draw(figure, at)).map(unbroken)).toContain(tip);
    expect(wordsOf(draw(figure)).map(unbroken)).not.toContain(tip);
  });

  it('draws no value that is not a number', () => {
    expect(draw(figure).outerHTML).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('every series is drawn', () => {
  it('of anchor sets: a line, and a point for each number of proposals', () => {
    const figure = proposals();
    const svg = draw(figure);
    const names = experiment.variants.map(({ title }) => title);
    for (const name of names) expect(wordsOf(svg)).toContain(name);
    expect(svg.querySelectorAll('g[aria-label=line] path')).toHaveLength(names.length);
    const cells = experiment.cells.filter((cell) => cell.set === set.name);
    expect(figure.rows).toHaveLength(cells.length * 9);
    expect(svg.querySelectorAll('g[aria-label=dot] path')).toHaveLength(figure.rows.length);
  });

  it('of classes: those that are picked in colour, the others behind', () => {
    const figure = precisionRecallFigure('Curves', 'Class', curves, ['cup', 'vase']);
    expect(new Set(figure.rows.map(({ series }) => series))).toEqual(new Set(['cup', 'vase']));
    expect(draw(figure).querySelectorAll('g[aria-label=line] path')).toHaveLength(curves.length);
  });

  it('of looks: a bar wherever there is a figure', () => {
    const figure = bySizeFigure(looks, { measure: 'AP50' });
    const bars = draw(figure).querySelectorAll('g[aria-label=bar] rect');
    expect(bars).toHaveLength(figure.rows.filter(({ x }) => x !== null).length);
    expect(figure.rows.filter(({ x }) => x === null).map(({ cells }) => cells.at(-1))).toEqual([
      '–',
      '–',
    ]);
  });

  it('of differences: an interval for each', () => {
    const svg = draw(differencesFigure('anchor sets', experiment.differences));
    expect(svg.querySelectorAll('g[aria-label=link] path')).toHaveLength(4);
  });
});

test('a variant without runs on a set leaves its colour to nobody else', () => {
  const without = {
    ...experiment,
    cells: experiment.cells.filter(({ variant }) => variant !== 'chen'),
  };
  const colours = (figure: Figure) =>
    [...draw(figure).querySelectorAll('g[aria-hidden] path[stroke-width="2.5"]')].map((path) =>
      path.getAttribute('stroke'),
    );
  const picks = { set: set.name, measure: 'AP50', size: 'all', class: null } as const;
  const [first, , ...rest] = colours(proposals());
  expect(colours(proposalsFigure(without, set.classes, picks))).toEqual([first, ...rest]);
});

test('an interval says better only when all of it lies above zero', () => {
  expect(verdict({ low: 0.001, high: 0.02 })).toBe('better');
  expect(verdict({ low: -0.02, high: -0.001 })).toBe('worse');
  expect(verdict({ low: 0, high: 0.02 })).toBe('not settled');
});

test('shares are in percent, differences have a sign, what is not there is a dash', () => {
  expect([0.1764, 0, null, undefined, -1].map(percent)).toEqual(['17.6', '0.0', '–', '–', '–']);
  expect([0.032, -0.004, -0.0001].map(points)).toEqual(['+3.2', '−0.4', '0.0']);
  expect(range({ low: -0.01, high: 0.02 }, points)).toBe('−1.0 to +2.0');
});

describe('walking by keys', () => {
  const { rows } = proposals();

  it('goes along a series, and stops at the ends', () => {
    expect(walk(rows, undefined, 'ArrowRight')).toBe(0);
    expect(walk(rows, 0, 'ArrowRight')).toBe(1);
    expect(walk(rows, 0, 'ArrowLeft')).toBe(0);
    expect(walk(rows, 3, 'End')).toBe(rows.length - 1);
    expect(walk(rows, rows.length - 1, 'ArrowRight')).toBe(rows.length - 1);
  });

  it('goes to the next series at the same place, and round', () => {
    expect(walk(rows, 4, 'ArrowDown')).toBe(13);
    expect(walk(rows, 4, 'ArrowUp')).toBe(31);
  });

  it('passes over what is not drawn', () => {
    const bars = bySizeFigure(looks, { measure: 'AP50' }).rows;
    expect(bars[5]?.x).toBeNull();
    expect(walk(bars, 4, 'ArrowRight')).toBe(6);
    expect(walk(bars, 1, 'ArrowDown')).toBe(7);
  });

  it('lets go with Escape, and leaves other keys alone', () => {
    expect(walk(rows, 3, 'Escape')).toBeUndefined();
    expect(walk(rows, undefined, 'Escape')).toBeNull();
    expect(walk(rows, 3, 'a')).toBeNull();
    expect(walk([], undefined, 'ArrowRight')).toBeNull();
  });
});
