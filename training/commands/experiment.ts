/**
 * `loupe experiment`: trains and scores what is missing of an experiment, one record a run. It can
 * be stopped at any moment and goes on when the same command is given again.
 */
import type { Command } from 'commander';
import { plural, printJson, say } from '../console.ts';
import { measureConvolution } from '../detector/throughput.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice, prepareTraining } from '../engine.ts';
import { readExperiment } from '../experiment/schema.ts';
import { runExperiment, type SessionOptions, type SessionOutcome } from '../experiment/session.ts';
import { count, positive } from '../optionValues.ts';
import { isReclassification, readReclassification } from '../reclassification/schema.ts';
import { runReclassification } from '../reclassification/session.ts';
import { currentCommit, DEFAULT_CACHE, stopper } from '../session.ts';
import { WORKERS_HELP, workersFor } from '../workers/pool.ts';

interface ExperimentOptions {
  readonly runs: string;
  readonly cache: string;
  readonly only?: string;
  readonly engine: EngineChoice;
  readonly minutes?: number;
  readonly workers?: number;
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
    .option('--workers <count>', `to cache features: ${WORKERS_HELP}`, count)
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
  $ npm run loupe -- experiment training/experiments/placement.json --minutes 60
  $ npm run loupe -- experiment training/experiments/table-2.json --engine bfloat16`,
    )
    .action(run);
}

async function run(file: string, options: ExperimentOptions): Promise<void> {
  const session: SessionOptions = {
    runs: options.runs,
    cache: options.cache,
    ...(options.only !== undefined && { only: options.only }),
    minutesBetweenCheckpoints: options.checkpointEvery,
    startEngine: async () => {
      const engine = await chooseEngine(options.engine);
      await prepareTraining();
      return {
        description: engine.description,
        convolutionGflops: await measureConvolution(),
        workers: (views) => workersFor(options.workers, engine, views),
      };
    },
    commit: currentCommit(),
    shouldStop: stopper(options.minutes),
  };
  const { name, outcome } = await runFile(file, session);
  const { ended, done, left } = outcome;
  const rest = left > 0 ? `${left} left; the same command goes on from there` : 'nothing is left';
  say(`${name}: ${plural(done, 'run')} done, ${ended.length} of them just now; ${rest}.`);
  if (options.json) printJson({ experiment: name, ended, done, left });
}

/** Either kind of experiment: trainings of detectors, or reclassification by one of them. */
async function runFile(
  file: string,
  session: SessionOptions,
): Promise<{ name: string; outcome: SessionOutcome }> {
  if (isReclassification(file)) {
    const experiment = readReclassification(file);
    return { name: experiment.name, outcome: await runReclassification(experiment, session) };
  }
  const experiment = readExperiment(file);
  return { name: experiment.name, outcome: await runExperiment(experiment, session) };
}
