/**
 * `loupe report`: the tables and figures of the paper from the records of the runs, as a page in
 * Markdown with SVG plots and as the one JSON that the app's Results page reads.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { duration, plainMessage, plural, printJson, say, UserError } from '../console.ts';
import { readExperiment } from '../experiment/schema.ts';
import { jsonText, writeJsonFile } from '../jsonFile.ts';
import { readInputs, SIZES_FILE } from '../report/inputs.ts';
import { page } from '../report/page.ts';
import { drawFigures } from '../report/plots.ts';
import { REPORTED } from '../report/reported.ts';
import { computeResults } from '../report/results.ts';
import { countSizes, countStatistics } from '../report/sizes.ts';

interface ReportOptions {
  readonly out: string;
  readonly experiments: string;
  readonly runs?: string;
  readonly countSizes?: boolean;
  readonly json?: boolean;
}

/** The data sets that the app's Anchors page has built in: part of its code, wherever a report goes. */
const STATISTICS_FILE = 'src/worker/anchorLab/builtInSizes.json';

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command('report')
    .description('Writes tables and figures from the records of experiments.')
    .option('--out <folder>', 'where the page, its plots and results.json go', 'docs/results')
    .option('--experiments <folder>', 'experiments and what was measured', 'training/experiments')
    .option('--runs <folder>', 'the records (default: runs, in the folder of the experiments)')
    .option('--count-sizes', 'count the sizes of all objects anew first; this needs the data')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
The report needs no photos, no annotations and no other input than the files in --experiments:
table-1.json and placement.json with the records of their runs, sizes.json (written by
--count-sizes: numbers only; it also writes those that the app's Anchors page has built in), shipped/ (written by evaluate --outcomes-out), tried.json and
throughput.json. What is not there yet is named in the report. The same files give the same report,
byte for byte.

Examples:
  $ npm run loupe -- report
  $ npm run loupe -- report --count-sizes
  $ npm run loupe -- report --out /tmp/report`,
    )
    .action(report);
}

async function report(options: ReportOptions): Promise<void> {
  const start = performance.now();
  if (options.runs && !existsSync(options.runs)) {
    throw new UserError(
      `There is no folder ${options.runs} with the records of runs; check --runs.`,
    );
  }
  if (options.countSizes) await writeSizes(options.experiments);
  const inputs = readInputs(options.experiments, options.runs);
  const results = computeResults(inputs);
  const figures = drawFigures(results);
  const files = new Map([
    ['results.json', jsonText(results, 4)],
    ['README.md', page(results, figures)],
    ...figures.map(({ name, svg }) => [`${name}.svg`, svg] as const),
  ]);
  writeFiles(options.out, files);
  const runs = inputs.experiments.map(({ survey }) => survey);
  const done = runs.reduce((sum, survey) => sum + survey.done.length, 0);
  const missing = runs.reduce((sum, survey) => sum + survey.missing.length, 0);
  const seconds = (performance.now() - start) / 1000;
  say(
    `${plural(done, 'run')} reported, ${missing} missing; wrote ${plural(files.size, 'file')} to ${options.out} in ${duration(seconds)}.`,
  );
  if (options.json) printJson({ out: options.out, done, missing, files: [...files.keys()] });
}

async function writeSizes(folder: string): Promise<void> {
  const [first] = REPORTED;
  const experiment = readExperiment(join(folder, `${first?.name}.json`));
  writeJsonFile(join(folder, SIZES_FILE), await countSizes(experiment), 1);
  writeJsonFile(STATISTICS_FILE, { sets: await countStatistics(experiment) }, 3);
}

/**
 * Writes files; plots of an earlier report that this one has not go.
 * @throws UserError when that is not possible
 */
function writeFiles(folder: string, files: ReadonlyMap<string, string>): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const old of readdirSync(folder)) {
      if (old.endsWith('.svg') && !files.has(old)) rmSync(join(folder, old));
    }
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
  } catch (error) {
    throw new UserError(`The report cannot be written to ${folder}: ${plainMessage(error)}.`);
  }
}
