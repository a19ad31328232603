/**
 * The tables of the Results page as words and numbers, before there is any HTML. Shares are in
 * percent with one decimal; a dash stands where there is no figure.
 */
import { percent, range } from '../../core/results/percent.ts';
import type {
  Cell,
  DetectorResults,
  ExperimentResults,
  Results,
  ThroughputRow,
  Tried,
} from '../../core/results/schema.ts';

export interface Column {
  readonly name: string;
  /** of words, not of numbers: set to the left */
  readonly words?: boolean;
}

export interface Table {
  readonly caption: string;
  /** the first one names the row */
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly string[];
  /** for comparison with the one above it */
  readonly quiet?: boolean;
}

const NONE = '–';

/**
 * Table I, or its like: a row for each variant on one data set, and below it the paper's own where
 * it has one. Classes are in VOC's AP, the paper's metric.
 */
export function experimentTable(
  { title, variants, cells, proposals, split, seeds }: ExperimentResults,
  set: Results['sets'][number],
  { bestMap }: Results['paper'],
): Table {
  const here = cells.filter((one) => one.set === set.name);
  const isWeighted = here.some(({ weightedAP50 }) => weightedAP50);
  const rows = variants.flatMap((variant) => {
    const cell = here.find((one) => one.variant === variant.name);
    if (!cell)
      return [
        row(
          variant.title,
          `0 of ${seeds.length}`,
          ...dashes(4 + Number(isWeighted) + set.classes.length),
        ),
      ];
    const ours = row(
      variant.title,
      cell.missing.length === 0
        ? String(cell.seeds.length)
        : `${cell.seeds.length} of ${seeds.length}`,
      percent(cell.AP50.estimate),
      range(cell.AP50),
      percent(cell.VOC),
      percent(cell.recall.all),
      ...(isWeighted ? [percent(cell.weightedAP50?.estimate)] : []),
      ...cell.perClass.map(({ VOC }) => percent(VOC)),
    );
    return cell.paper ? [ours, paperRow(variant.title, cell.paper, isWeighted)] : [ours];
  });
  return {
    caption: `${title}, ${set.name} ${split}, ${proposals} proposals, in %; classes by VOC’s AP`,
    columns: [
      { name: 'System' },
      { name: 'Seeds' },
      { name: 'mAP50' },
      { name: '95 % interval' },
      { name: 'VOC mAP' },
      { name: 'Recall' },
      ...(isWeighted ? [{ name: 'Weighted AP50' }] : []),
      ...set.classes.map((name) => ({ name })),
    ],
    rows: here.some(({ paper }) => paper)
      ? [...rows, bestRow(bestMap, 1 + Number(isWeighted) + set.classes.length)]
      : rows,
  };
}

const row = (...cells: string[]): TableRow => ({ cells });

const dashes = (count: number) => Array.from({ length: count }, () => NONE);

function paperRow(
  title: string,
  { mAP, perClass }: NonNullable<Cell['paper']>,
  isWeighted: boolean,
): TableRow {
  const own = [...dashes(3), percent(mAP), ...dashes(1 + Number(isWeighted))];
  const cells = [`${title}: the paper`, ...own, ...perClass.map(percent)];
  return { cells, quiet: true };
}

/** The paper's best, in a table whose fifth column is VOC's mAP. */
const bestRow = (bestMap: number, after: number): TableRow => ({
  cells: ['The paper’s best, its own data', ...dashes(3), percent(bestMap), ...dashes(after)],
  quiet: true,
});

/** The shipped detector on one data set, a row for each look, and others' beside it. */
export function detectorTable(
  looks: readonly DetectorResults[],
  yardsticks: Results['yardsticks'],
  { bestMap }: Results['paper'],
): Table {
  const [first] = looks;
  const counts = (first?.recall ?? []).map(({ proposals }) => proposals);
  const recallColumns = counts.flatMap((count) => [
    { name: `Recall at ${count}` },
    { name: 'under 1 %' },
  ]);
  return {
    caption: `${first?.model ?? ''} on ${first?.set ?? ''} ${first?.split ?? ''} (${first?.photos ?? 0} photos, ${first?.objects ?? 0} objects), in %`,
    columns: [
      { name: 'Detector' },
      { name: 'AP50' },
      { name: '95 % interval' },
      { name: 'AP' },
      { name: 'VOC mAP' },
      ...recallColumns,
      ...(yardsticks.length > 0 ? [{ name: 'Note', words: true }] : []),
    ],
    rows: [
      ...looks.map(({ model, look, AP50, AP, VOC, recall }) =>
        row(
          `${model}, ${look}`,
          percent(AP50.estimate),
          range(AP50),
          percent(AP),
          percent(VOC),
          ...counts.flatMap((count) => {
            const at = recall.find(({ proposals }) => proposals === count);
            return [percent(at?.all), percent(at?.small)];
          }),
          ...(yardsticks.length > 0 ? [''] : []),
        ),
      ),
      ...yardsticks.map(({ name, AP50, note }) => ({
        cells: [name, percent(AP50), ...dashes(3 + recallColumns.length), note],
        quiet: true,
      })),
      bestRow(bestMap, recallColumns.length + Number(yardsticks.length > 0)),
    ],
  };
}

/** AP50 of each class of one data set, a column for each look. */
export function classTable(looks: readonly DetectorResults[]): Table {
  const [first] = looks;
  return {
    caption: `AP50 of each class, ${first?.set ?? ''} ${first?.split ?? ''}, in %`,
    columns: [
      { name: 'Class' },
      { name: 'Objects' },
      ...looks.map(({ look }) => ({ name: `AP50, ${look}` })),
    ],
    rows: (first?.perClass ?? []).map((one) =>
      row(
        one.class,
        String(one.objects),
        ...looks.map(({ perClass }) =>
          percent(perClass.find((other) => other.class === one.class)?.AP50),
        ),
      ),
    ),
  };
}

/** What was tried for the detector, also what did not help. */
export function triedTable({ set, split, photos, rows }: Tried): Table {
  return {
    caption: `What was tried, on ${set} ${split} (${photos} photos), in %; recall at 300 proposals`,
    columns: [
      { name: 'Change' },
      { name: 'AP50' },
      { name: '95 % interval' },
      { name: 'Recall' },
      { name: 'under 1 %' },
      { name: 'Kept', words: true },
      { name: 'Note', words: true },
    ],
    rows: rows.map(({ change, AP50, low, high, recall, recallSmall, kept, note }) =>
      row(
        change,
        percent(AP50),
        low === null || high === null ? NONE : range({ low, high }),
        percent(recall),
        percent(recallSmall),
        kept ? 'yes' : 'no',
        note,
      ),
    ),
  };
}

export function throughputTable(rows: readonly ThroughputRow[]): Table {
  return {
    caption: 'How near training comes to the engine’s own convolution rate, in the same process',
    columns: [
      { name: 'What' },
      { name: 'Engine', words: true },
      { name: 'GFLOP a step' },
      { name: 's a step' },
      { name: 'Convolution, GFLOPS' },
      { name: 'Share, %' },
      { name: 'Note', words: true },
    ],
    rows: rows.map((one) =>
      row(
        one.what,
        one.engine,
        one.stepGflop.toFixed(1),
        one.stepSeconds.toFixed(2),
        one.convolutionGflops.toFixed(0),
        percent(one.share),
        one.note,
      ),
    ),
  };
}

/** What the figures were made of: which code, which data, how long. */
export function workTable(experiments: readonly ExperimentResults[]): Table {
  return {
    caption: 'The runs behind the tables',
    columns: [
      { name: 'Experiment and data' },
      { name: 'Runs' },
      { name: 'Iterations each' },
      { name: 'Hours' },
      { name: 'Engine', words: true },
      { name: 'Code', words: true },
      { name: 'Data', words: true },
    ],
    rows: experiments.flatMap(({ title, iterations, work }) =>
      work.map(({ set, runs, hours, engines, commits, dataHash }) =>
        row(
          `${title}, ${set}`,
          String(runs),
          String(iterations),
          hours.toFixed(1),
          engines.join(', '),
          commits.join(', '),
          dataHash,
        ),
      ),
    ),
  };
}
