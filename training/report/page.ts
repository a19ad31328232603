/**
 * docs/results/README.md: all tables and figures with the paper's figures beside ours, what the
 * intervals say, and what is missing. Written from results.json's content alone.
 */
import { percent, points, range } from '../../src/core/results/percent.ts';
import type { ExperimentResults, Results } from '../../src/core/results/schema.ts';
import { verdict } from '../../src/plots/differences.ts';
import { plural } from '../console.ts';
import { detectorText, throughputText, triedText } from './detectorText.ts';
import { experimentText, proposalsText } from './experimentText.ts';
import { folded, listed, table } from './markdown.ts';
import type { DrawnFigure } from './plots.ts';

/**
 * The page.
 *
 * @param figures by their place on the page, see `drawFigures`
 */
export function page(results: Results, figures: readonly DrawnFigure[]): string {
  const { experiments, paper } = results;
  const figuresAt = (place: string) =>
    figures.filter((figure) => figure.place === place).map(figureText);
  const parts = [
    '# Results',
    'Written by `npm run loupe -- report` from the records in `training/experiments`; the same numbers are in ' +
      '[results.json](results.json), which the Results page of the app shows. Nothing here is written by hand.',
    `${paper.citation} ${paper.note}`,
    'AP50 is COCO\'s (101 recalls, the best 100 detections of a photo and class), "VOC" the paper\'s metric (area under ' +
      'the curve), both at IoU 0.5. Recall is the share of objects of any class that the proposals reach at IoU 0.5; sizes ' +
      'are shares of the photo. The interval of a single AP50 leans upwards, for a draw of photos holds some of them ' +
      'twice; in a difference of two systems most of that cancels.',
    inShort(results),
    statusText(experiments),
    '## The data',
    results.sets.map(({ title, note }) => `- **${title}.** ${note}`).join('\n'),
  ];
  for (const experiment of experiments) {
    parts.push(experimentText(experiment, results), ...figuresAt(`${experiment.name}:table`));
    if (experiment.cells.length > 0) {
      parts.push(
        `### mAP and recall against the number of proposals${experiment.name === 'table-1' ? ' (Figure 5)' : ''}`,
        ...figuresAt(`${experiment.name}:proposals`),
        proposalsText(experiment),
      );
    }
  }
  parts.push(sizesText(results, figuresAt('sizes')));
  parts.push(detectorText(results), ...figuresAt('detector'));
  parts.push(triedText(results), throughputText(results), workText(experiments));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** What the sets together say of each claim, and how good the shipped detector is. */
function inShort({ experiments, detector }: Results): string {
  const claims = experiments.flatMap((experiment) => {
    const { variants, differences, smallDifferences = [], recallDifferences = [] } = experiment;
    const titleOf = (name: string) => variants.find((one) => one.name === name)?.title ?? name;
    return differences
      .filter(({ sets }) => sets.length > 1)
      .map((one) => {
        const same = ({ system, baseline, sets }: typeof one) =>
          sets.length > 1 && system === one.system && baseline === one.baseline;
        const small = smallDifferences.find(same);
        const recall = recallDifferences.find(same);
        const told = (some: typeof one, measure = 'AP50') =>
          `${points(some.estimate)} points of ${measure} (95 % interval ${range(some, points)}), ${verdict(some)}`;
        const sets = listed(one.sets.map(({ name }) => name));
        return (
          `- ${titleOf(one.system)} less ${titleOf(one.baseline)}, over ${sets} together: ${told(one)}` +
          `${small ? `; of objects under 1 % of the photo ${told(small)}` : ''}` +
          `${recall ? `; ${told(recall, `recall at ${experiment.proposals}`)}` : ''}.`
        );
      });
  });
  const looks = detector.map(
    ({ model, set, split, look, AP50 }) =>
      `- \`${model}\` on ${set} ${split}, ${look}: AP50 ${percent(AP50.estimate)} (${range(AP50)}).`,
  );
  return [...claims, ...looks].join('\n');
}

function figureText({ name, title, summary }: DrawnFigure): string {
  return `![${title}](${name}.svg)\n\n${summary}`;
}

function statusText(experiments: readonly ExperimentResults[]): string {
  return experiments
    .map(({ title, work, missing }) => {
      const done = work.reduce((sum, { runs }) => sum + runs, 0);
      const all = done + missing.length;
      return missing.length === 0
        ? `- ${title}: all ${plural(all, 'run')} done.`
        : `- ${title}: ${done} of ${plural(all, 'run')} done; missing: ${missingText(missing)}.`;
    })
    .join('\n');
}

/** "paper.nyu_small (seeds 2 and 3)": runs by what they are of. */
function missingText(runs: readonly string[]): string {
  const seeds = new Map<string, string[]>();
  for (const run of runs) {
    const [of, seed] = run.split('.seed-') as [string, string];
    seeds.set(of, [...(seeds.get(of) ?? []), seed]);
  }
  return [...seeds]
    .map(([of, some]) => `${of} (${some.length === 1 ? 'seed' : 'seeds'} ${listed(some)})`)
    .join(', ');
}

/** Figure 4 as numbers. */
function sizesText({ sizes }: Results, figures: readonly string[]): string {
  const heading = '## Sizes of the objects, and what the anchors reach (Figure 4)';
  if (!sizes) return `${heading}\n\nNot counted yet: \`npm run loupe -- report --count-sizes\`.`;
  const anchors = sizes.anchors.map(({ title, stride, reach }) => [
    title,
    reach.map(([from, to]) => `${from} to ${to}`).join(', '),
    stride,
  ]);
  const bins = sizes.edges
    .slice(1)
    .map((to, bin) => [
      `${sizes.edges[bin]} to ${to}`,
      ...sizes.sets.map(({ counts }) =>
        Object.values(counts).reduce((sum, split) => sum + (split[bin] ?? 0), 0),
      ),
      ...sizes.anchors.map(({ positions }) => Math.round(100 * (positions[bin] ?? 0))),
    ]);
  const head = [
    'side, px',
    ...sizes.sets.map(({ name }) => name),
    ...sizes.anchors.map(({ title }) => `${title}, % of positions`),
  ];
  return [
    heading,
    `The side of an object is the root of its box's area, in a photo whose long side has ${sizes.workingSize} px. An anchor ` +
      'can be matched with a square object (IoU 0.5) of 0.71 to 1.41 times its side when both share a centre; at other ' +
      'positions, which the stride decides, with fewer.',
    ...figures,
    table(['anchors', 'sides reached in the best position, px', 'stride'], anchors),
    folded(
      'Objects of all splits by size, and the share of positions at which a square of that size has an anchor',
      table(head, bins),
    ),
  ].join('\n\n');
}

/** What the runs were made of. */
function workText(experiments: readonly ExperimentResults[]): string {
  const rows = experiments.flatMap(({ name, iterations, work }) =>
    work.map((one) => [
      `${name}, ${one.set}`,
      one.runs,
      iterations,
      one.hours.toFixed(1),
      one.engines.join('; '),
      one.commits.join(', '),
      one.dataHash,
    ]),
  );
  if (rows.length === 0) return '';
  const head = ['runs', 'done', 'steps each', 'hours', 'engine', 'code', 'data (SHA-256)'];
  return `## The runs\n\n${table(head, rows)}`;
}
