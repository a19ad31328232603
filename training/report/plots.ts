/**
 * The report's figures as SVG files, drawn by the very functions that draw them in the app
 * (src/plots), into a document of their own. They bring their ground along, and read the same on
 * GitHub's light pages and its dark ones.
 */
import { parseHTML } from 'linkedom';
import type { Results } from '../../src/core/results/schema.ts';
import { bySizeFigure, errorsFigure } from '../../src/plots/detectorBars.ts';
import { differencesFigure } from '../../src/plots/differences.ts';
import type { Figure } from '../../src/plots/figure.ts';
import { precisionRecallFigure } from '../../src/plots/precisionRecall.ts';
import { proposalsFigure } from '../../src/plots/proposals.ts';
import { sizesFigure } from '../../src/plots/sizes.ts';
import { PAPER_THEME } from '../../src/plots/theme.ts';

export interface DrawnFigure {
  /** where on the page it belongs: "table-1:proposals", "sizes", "detector" */
  readonly place: string;
  /** of its file, without the ending */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly svg: string;
}

/** Pixels: as wide as GitHub shows a page, about. */
const WIDTH = 760;
/** Curves in colour: more cannot be told apart. */
const IN_FRONT = 6;

/** All figures that the results have something for. */
export function drawFigures(results: Results): DrawnFigure[] {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn: DrawnFigure[] = [];
  const add = (place: string, name: string, figure: Figure | null) => {
    if (!figure || figure.rows.length === 0) return;
    const svg = figure.draw({ document, width: WIDTH, theme: PAPER_THEME }).outerHTML;
    const { title, summary } = figure;
    drawn.push({ place, name: name.replaceAll('_', '-'), title, summary, svg: `${svg}\n` });
  };
  for (const experiment of results.experiments) {
    const { name, title, split, differences, smallDifferences = [] } = experiment;
    const { recallDifferences = [], variants } = experiment;
    const forest = (of: string, told: typeof differences, measure?: string) =>
      differencesFigure(of, told, measure, variants);
    const place = `${name}:table`;
    add(place, `${name}-differences`, forest(`${title}, ${split}`, differences));
    const small = `${title}, ${split}, objects under 1 %`;
    add(place, `${name}-differences-small`, forest(small, smallDifferences));
    const recall = forest(`${title}, ${split}`, recallDifferences, 'recall');
    add(place, `${name}-differences-recall`, recall);
    for (const set of experiment.sets) {
      const classes = results.sets.find((one) => one.name === set)?.classes ?? [];
      for (const measure of ['AP50', 'recall'] as const) {
        const picks = { set, measure, size: 'all', class: null };
        const figure = proposalsFigure(experiment, classes, picks);
        add(`${name}:proposals`, `${name}-${set}-${measure.toLowerCase()}`, figure);
      }
    }
  }
  for (const { name } of results.sizes?.sets ?? []) {
    add(
      'sizes',
      `sizes-${name}`,
      sizesFigure(results.sizes as NonNullable<Results['sizes']>, name),
    );
  }
  for (const set of new Set(results.detector.map((one) => one.set))) {
    const looks = results.detector.filter((one) => one.set === set);
    add('detector', `detector-${set}-size`, bySizeFigure(looks, { measure: 'AP50' }));
    add('detector', `detector-${set}-errors`, errorsFigure(looks));
    add('detector', `detector-${set}-curves`, curvesFigure(looks));
  }
  return drawn;
}

/** The curves of the closest look; those of the classes with most objects stand in front. */
function curvesFigure(looks: Results['detector']): Figure | null {
  const look = looks.find((one) => one.look === 'Fine') ?? looks[0];
  if (!look) return null;
  const front = look.perClass
    .toSorted((a, b) => b.objects - a.objects)
    .slice(0, IN_FRONT)
    .map((one) => one.class);
  const curves = look.curves.map((curve) => ({ name: curve.class, title: curve.class, curve }));
  const title = `Precision and recall of the ${look.look} look, ${look.set}`;
  return precisionRecallFigure(title, 'Class', curves, front);
}
