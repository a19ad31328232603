/**
 * The report's section on one experiment: a table for each data set with the paper's figures beside
 * ours, the classes one by one, what the differences' intervals say, and what is missing.
 */
import type { Interval } from '../../src/core/evaluation/bootstrap.ts';
import { percent, points, range } from '../../src/core/results/percent.ts';
import type { Cell, ExperimentResults, Results } from '../../src/core/results/schema.ts';
import { plural } from '../console.ts';
import { differencesTable, folded, listed, table } from './markdown.ts';

type Variant = ExperimentResults['variants'][number];

/** @returns Markdown, from the heading on */
export function experimentText(experiment: ExperimentResults, results: Results): string {
  const { variants, cells, differences } = experiment;
  const titleOf = (name: string) => variants.find((one) => one.name === name)?.title ?? name;
  const undone = experiment.sets.flatMap((set) =>
    variants
      .filter(({ name }) => !cells.some((cell) => cell.set === set && cell.variant === name))
      .map(({ title }) => `${title} on ${set}`),
  );
  const parts = [
    `## ${experiment.title}`,
    experiment.description,
    `${experiment.iterations.toLocaleString('en')} steps each, seeds ${listed(experiment.seeds)}; scored on ` +
      `${experiment.split} with ${experiment.proposals} proposals a photo. Figures are in percent, the mean over the ` +
      'seeds; in brackets the 95 % interval by bootstrap over the photos.',
  ];
  if (undone.length > 0) parts.push(`**Not trained yet:** ${undone.join('; ')}.`);
  for (const set of experiment.sets) parts.push(...setText(experiment, set, results));
  const {
    smallDifferences = [],
    weightedDifferences = [],
    recallDifferences = [],
    smallRecallDifferences = [],
  } = experiment;
  if (differences.length > 0) {
    parts.push(
      '### Differences',
      'Both systems are scored on the same draws of the photos (paired bootstrap, ' +
        `${plural(differences[0]?.resamples ?? 0, 'resample')}, seeded), over the seeds that both have. ` +
        'Over two sets together it is the mean of the two differences. The spread between seeds is not part of the interval.',
      differencesTable(differences, titleOf),
    );
  }
  if (weightedDifferences.length > 0) {
    parts.push(
      '### Differences, classes weighted by their objects',
      "The paper's weighted average: a class counts as often as it has objects in the photos.",
      differencesTable(weightedDifferences, titleOf),
    );
  }
  if (smallDifferences.length > 0) {
    parts.push(
      '### Differences on objects under 1 % of the photo',
      "The paper's data holds only such objects; larger ones neither count here nor harm.",
      differencesTable(smallDifferences, titleOf),
    );
  }
  if (recallDifferences.length > 0) {
    parts.push(
      `### Differences of recall with ${experiment.proposals} proposals`,
      'What is compared is how many of the objects the proposals reach, of whatever class: the RPN alone.',
      differencesTable(recallDifferences, titleOf, 'recall'),
    );
  }
  if (smallRecallDifferences.length > 0) {
    parts.push(
      'The same on objects under 1 % of the photo:',
      differencesTable(smallRecallDifferences, titleOf, 'recall'),
    );
  }
  return parts.join('\n\n');
}

function setText(
  { variants, cells, proposals }: ExperimentResults,
  name: string,
  { sets, paper }: Results,
): string[] {
  const set = sets.find((one) => one.name === name);
  const rows = variants.map((variant) => ({
    variant,
    cell: cells.find((cell) => cell.set === name && cell.variant === variant.name),
  }));
  if (!set || rows.every(({ cell }) => !cell)) return [];
  const sizes = Object.keys(rows.find(({ cell }) => cell)?.cell?.recall ?? {});
  const hasSmall = rows.some(({ cell }) => cell?.smallAP50);
  const hasWeighted = rows.some(({ cell }) => cell?.weightedAP50);
  const hasPaper = rows.some(({ cell }) => cell?.paper);
  const head = [
    'variant',
    'AP50',
    ...(hasWeighted ? ['AP50, classes weighted by objects'] : []),
    ...(hasSmall ? ['AP50 of objects under 1 %'] : []),
    'of each seed',
    'VOC mAP',
    `recall at ${proposals}: ${sizes.join(' / ')}`,
    ...(hasPaper ? ["paper's VOC mAP"] : []),
  ];
  const scores = rows.map(({ variant, cell }) =>
    cell
      ? [
          variant.title,
          interval(cell.AP50),
          ...(hasWeighted ? [interval(cell.weightedAP50)] : []),
          ...(hasSmall ? [interval(cell.smallAP50)] : []),
          seedsOf(cell, proposals),
          percent(cell.VOC),
          sizes.map((size) => percent(cell.recall[size])).join(' / '),
          ...(hasPaper ? [percent(cell.paper?.mAP)] : []),
        ]
      : [variant.title, 'not trained yet', ...head.slice(2).map(() => '')],
  );
  if (hasPaper) {
    const best = "The paper's best, on its own data";
    scores.push([best, ...head.slice(2).map(() => ''), percent(paper.bestMap)]);
  }
  const counts =
    set.photos === null || set.objects === null
      ? ''
      : ` (${plural(set.photos, 'photo')}, ${plural(set.objects, 'object')})`;
  return [
    `### ${set.title}${counts}`,
    table(head, scores),
    ...errorsText(rows),
    ...(set.classes.length > 1 ? [classesText(rows, set.classes, hasPaper)] : []),
  ];
}

const interval = (one: Interval | undefined) =>
  one ? `${percent(one.estimate)} (${range(one)})` : '–';

/** Each seed's AP50; told where seeds are missing. */
function seedsOf({ perSeed, missing }: Cell, proposals: number): string {
  const each = perSeed.map((points) => {
    return percent(points.find((point) => point.proposals === proposals)?.AP50);
  });
  return `${each.join(', ')}${missing.length > 0 ? ` (${missing.length === 1 ? 'seed' : 'seeds'} ${listed(missing)} missing)` : ''}`;
}

function classesText(
  rows: readonly { readonly variant: Variant; readonly cell: Cell | undefined }[],
  classes: readonly string[],
  isOpen: boolean,
): string {
  const text = table(
    ['VOC AP', ...classes, 'mean'],
    rows.flatMap(({ variant, cell }) => {
      if (!cell) return [];
      const ours = [
        variant.title,
        ...cell.perClass.map(({ VOC }) => percent(VOC)),
        percent(cell.VOC),
      ];
      const { paper } = cell;
      const theirs = paper?.perClass.some((value) => value !== null)
        ? [[`${variant.title}: paper`, ...paper.perClass.map(percent), percent(paper.mAP)]]
        : [];
      return [ours, ...theirs];
    }),
  );
  return isOpen ? text : folded('Class by class', text);
}

/** AP50 by size, and TIDE's types of error. */
function errorsText(
  rows: readonly { readonly variant: Variant; readonly cell: Cell | undefined }[],
): string[] {
  const told = rows.flatMap(({ variant, cell }) =>
    cell?.bySize && cell.errors
      ? [{ title: variant.title, sizes: cell.bySize, errors: cell.errors }]
      : [],
  );
  const [first] = told;
  if (!first) return [];
  const sizes = Object.keys(first.sizes);
  const head = [
    'variant',
    ...sizes.map((size) => `AP50, ${size}`),
    ...first.errors.errors.map(({ type }) => type),
  ];
  const body = told.map(({ title, sizes: bySize, errors }) => [
    title,
    ...sizes.map((size) => percent(bySize[size])),
    ...errors.errors.map(({ dAP, count }) => `${points(dAP)} (${count})`),
  ]);
  const text = `Errors are TIDE's: the points of AP50 that mending each type alone would add, and their number.\n\n${table(head, body)}`;
  return [folded('By size, and by type of error', text)];
}

/** Figure 5 as numbers. */
export function proposalsText({ cells, variants, sets }: ExperimentResults): string {
  const tables = sets.flatMap((set) => {
    const ofSet = variants.flatMap(({ name, title }) => {
      const cell = cells.find((one) => one.set === set && one.variant === name);
      return cell ? [{ title, cell }] : [];
    });
    const [first] = ofSet;
    if (!first) return [];
    const rows = first.cell.atProposals.map(({ proposals }, at) => [
      proposals,
      ...ofSet.map(({ cell }) => percent(cell.atProposals[at]?.AP50)),
      ...ofSet.map(({ cell }) => percent(cell.atProposals[at]?.recall.all)),
    ]);
    const head = [
      'proposals',
      ...ofSet.map(({ title }) => `AP50, ${title}`),
      ...ofSet.map(({ title }) => `recall, ${title}`),
    ];
    return [`**${set}**\n\n${table(head, rows)}`];
  });
  return folded('The numbers', tables.join('\n\n'));
}
