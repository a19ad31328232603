/**
 * The report's sections on the shipped detector: how well it does, on small objects and large ones,
 * what its errors are, what was tried for it, and how fast it was trained.
 */
import { percent, points, range } from '../../src/core/results/percent.ts';
import type { DetectorResults, Results } from '../../src/core/results/schema.ts';
import { differencesTable, folded, table } from './markdown.ts';

/** @returns Markdown, from the heading on */
export function detectorText({
  detector,
  detectorDifferences,
  yardsticks,
  paper,
}: Results): string {
  const parts = ['## The shipped detector'];
  if (detector.length === 0) {
    return `${parts[0]}\n\nNot scored yet: training/experiments/shipped holds no scores.`;
  }
  const counts = [...new Set(detector.flatMap(({ recall }) => recall.map((at) => at.proposals)))];
  parts.push(
    'Trained end to end on all sets together, one seed; each set is scored on its own classes. In ' +
      'percent, in brackets the 95 % interval by bootstrap over the photos. "Fast" and "Fine" are the ' +
      "app's two ways to look.",
    table(
      [
        'set',
        'look',
        'photos',
        'objects',
        'AP50',
        'AP',
        'VOC mAP',
        ...counts.map((count) => `recall at ${count}, all / under 1 %`),
      ],
      detector.map((row) => [
        `${row.set} ${row.split}`,
        row.look,
        row.photos,
        row.objects,
        `${percent(row.AP50.estimate)} (${range(row.AP50)})`,
        percent(row.AP),
        percent(row.VOC),
        ...counts.map((count) => {
          const at = row.recall.find(({ proposals }) => proposals === count);
          return `${percent(at?.all)} / ${percent(at?.small)}`;
        }),
      ]),
    ),
    'Beside it:',
    table(
      ['detector', 'data', 'AP50', 'note'],
      [
        ['Paper', 'its own data', percent(paper.bestMap), 'its best mAP (VOC)'],
        ...yardsticks.map(({ name, set, AP50, note }) => [
          name,
          `${set} test`,
          percent(AP50),
          note,
        ]),
      ],
    ),
  );
  if (detectorDifferences.length > 0) {
    parts.push(differencesTable(detectorDifferences, (look) => look));
  }
  parts.push('### By size', sizesText(detector), '### Errors', errorsText(detector));
  const perClass = detector.map((row) => {
    const rows = row.perClass.map((one) => [
      one.class,
      one.objects,
      percent(one.AP50),
      percent(one.VOC),
    ]);
    return `**${row.set} ${row.split}, ${row.look}**\n\n${table(['class', 'objects', 'AP50', 'VOC AP'], rows)}`;
  });
  parts.push(folded('Class by class', perClass.join('\n\n')));
  return parts.join('\n\n');
}

function sizesText(detector: readonly DetectorResults[]): string {
  const sizes = detector[0]?.bySize ?? [];
  const head = sizes.map(
    ({ name, unit }) => `${name}${unit === 'image' ? ' of the photo' : ' (COCO)'}`,
  );
  const rows = detector.map((row) => [
    `${row.set} ${row.split}, ${row.look}`,
    ...row.bySize.map(({ objects, AP50, recall }) => {
      return `${percent(AP50)} / ${percent(recall)} of ${objects}`;
    }),
  ]);
  return `AP50 / recall of the detections, of so many objects.\n\n${table(['set', ...head], rows)}`;
}

function errorsText(detector: readonly DetectorResults[]): string {
  const types = detector[0]?.errors.errors.map(({ type }) => type) ?? [];
  const rows = detector.map(({ set, split, look, errors }) => [
    `${set} ${split}, ${look}`,
    ...errors.errors.map(({ dAP, count }) => `${points(dAP)} (${count})`),
    points(errors.falsePositives),
    points(errors.falseNegatives),
  ]);
  return (
    'TIDE (Bolya et al., ECCV 2020): the points of AP50 that mending each type of error alone would add, and how many ' +
    `there are.\n\n${table(['set', ...types, 'all false positives', 'all false negatives'], rows)}`
  );
}

/** @returns Markdown, from the heading on */
export function triedText({ tried }: Results): string {
  if (!tried) return '## What was tried\n\nNot written down yet (training/experiments/tried.json).';
  const rows = tried.rows.map((row) => {
    const interval =
      row.low === null || row.high === null ? '' : ` (${range({ low: row.low, high: row.high })})`;
    return [
      row.change,
      `${percent(row.AP50)}${interval}`,
      row.difference
        ? `${points(row.difference.estimate)} (${range(row.difference, points)}) over ${row.difference.baseline}`
        : '',
      `${percent(row.recall)} / ${percent(row.recallSmall)}`,
      row.kept === null ? 'open' : row.kept ? 'yes' : 'no',
      row.note,
    ];
  });
  const head = [
    'change',
    'AP50',
    'adds, points',
    'recall at 300, all / under 1 %',
    'kept',
    'what it showed',
  ];
  return (
    `## What was tried\n\nChosen on ${tried.set} ${tried.split} (${tried.photos} photos), in percent; also what did not ` +
    `help.\n\n${table(head, rows)}`
  );
}

/** @returns Markdown, from the heading on */
export function throughputText({ throughput }: Results): string {
  if (throughput.length === 0) return '';
  const rows = throughput.map((row) => [
    row.what,
    row.engine,
    row.stepGflop.toFixed(1),
    row.stepSeconds.toFixed(2),
    (row.stepGflop / row.stepSeconds).toFixed(0),
    row.convolutionGflops.toFixed(0),
    `${percent(row.share)} %`,
    row.note,
  ]);
  const head = [
    'training',
    'engine',
    'GFLOP a step',
    's',
    'GFLOPS',
    'bare convolution',
    'share',
    '',
  ];
  return (
    "## Throughput\n\nThe share of the engine's own convolution rate (a bare 3x3 convolution, forward and backward, in " +
    `the same process) that training reaches.\n\n${table(head, rows)}`
  );
}
