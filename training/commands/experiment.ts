/**
 * `loupe experiment`: trains and scores what is missing of an experiment, one record a run. It can
 * be stopped at any moment and goes on when the same command is given again.
 */
import type { Command } from 'commander';
import { plural, printJson, say } from '../console.ts';
import { measureConvolution } from '../detector/throughput.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice, prepareTraining } from '../engine.ts';
import { readExperiment } from '../experiment/schema.ts';
import { runExperiment } from '../experiment/session.ts';
import { positive } from '../optionValues.ts';
import { currentCommit, DEFAULT_CACHE, stopper } from '../session.ts';

interface ExperimentOptions {
  readonly runs: string;
  readonly cache: string;
  readonly only?: string;
  readonly engine: EngineChoice;
  readonly minutes?: number;
  readonly checkpointEvery: number;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command('experiment')
    .description('Trains and scores the runs of an experiment that are missing.')
    .argument('<file>', 'what to compare, such as training/experiments/table-1.json')
    .option('--runs <folder>', 'where the records are kept', 'training/experiments/runs')
    .option('--only <pattern>', 'only runs whose name contains this; * stands for anything')
    .option('--minutes <count>', 'stop with a checkpoint after so many minutes', positive)
    .option('--checkpoint-every <minutes>', 'minutes between checkpoints', positive, 8)
    .option('--cache <folder>', 'where features and checkpoints are kept', DEFAULT_CACHE)
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
A run is called variant.set.seed-n, such as paper.nyu_small.seed-1, and is done when its record is
there. A session that was stopped (Ctrl-C, --minutes, or killed) goes on when the same command is
given again, and ends with the same records.

Examples:
  $ npm run loupe -- experiment training/experiments/table-1.json
  $ npm run loupe -- experiment training/experiments/table-1.json --only "nyu_small.seed-1"
  $ npm run loupe -- experiment training/experiments/placement.json --minutes 60`,
    )
    .action(run);
}

async function run(file: string, options: ExperimentOptions): Promise<void> {
  const experiment = readExperiment(file);
  const { ended, done, left } = await runExperiment(experiment, {
    runs: options.runs,
    cache: options.cache,
    ...(options.only !== undefined && { only: options.only }),
    minutesBetweenCheckpoints: options.checkpointEvery,
    startEngine: async () => {
      const { description } = await chooseEngine(options.engine);
      await prepareTraining();
      return { description, convolutionGflops: await measureConvolution() };
    },
    commit: currentCommit(),
    shouldStop: stopper(options.minutes),
  });
  const rest = left > 0 ? `${left} left; the same command goes on from there` : 'nothing is left';
  say(
    `${experiment.name}: ${plural(done, 'run')} done, ${ended.length} of them just now; ${rest}.`,
  );
  if (options.json) printJson({ experiment: experiment.name, ended, done, left });
}
