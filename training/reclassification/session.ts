/**
 * A session of Table II: looks at all photos (which takes the time, and is kept), trains the heads of
 * each seed, and scores every system on every set. Whenever it is cut, the next session goes on from
 * the caches and ends with the same records.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CandidateSource } from '../classifier/candidates.ts';
import { gatherRows, type TrainingRows } from '../classifier/rows.ts';
import type { ScoringSource } from '../classifier/scoring.ts';
import { type LoadedSight, loadSight } from '../classifier/sight.ts';
import { type ClassifierLosses, trainClassifier } from '../classifier/trainer.ts';
import { ClassifierWeights } from '../classifier/weights.ts';
import { plural, say } from '../console.ts';
import { measureSplit } from '../experiment/measure.ts';
import { type RunData, readRunData } from '../experiment/runData.ts';
import { writeRunRecord } from '../experiment/runRecord.ts';
import type { SessionOptions, SessionOutcome } from '../experiment/session.ts';
import type { Outcome } from '../trainingLoop.ts';
import {
  type ReclassifiedRecord,
  type ReclassifiedRun,
  reclassifiedPath,
  surveyReclassified,
} from './record.ts';
import type { Reclassification } from './schema.ts';
import { ReclassifyingSystem } from './system.ts';

interface Heads {
  readonly outcome: Outcome<ClassifierLosses>;
  readonly weights: ReadonlyMap<string, tf.Tensor>;
}

/**
 * Runs what is missing of an experiment.
 * @throws UserError as its parts, before anything is trained where that can be known
 */
export async function runReclassification(
  experiment: Reclassification,
  options: SessionOptions,
): Promise<SessionOutcome> {
  const { runs, cache, shouldStop } = options;
  const { name, config, measure, splits, sets } = experiment;
  const { done, missing } = surveyReclassified(experiment, runs, options.only);
  const total = done.length + missing.length;
  const ended: string[] = [];
  const outcome = () => ({
    ended,
    done: done.length + ended.length,
    left: missing.length - ended.length,
  });
  if (missing.length === 0) return outcome();

  const engine = await options.startEngine();
  const sight = await loadSight(config, cache);
  const heads = new Map<number, Heads>();
  try {
    const { workingSize } = sight;
    const look = { workingSize, slices: false };
    const ofTraining = new CandidateSource(cache, sight.detector, look);
    const source: ScoringSource = {
      candidates: new CandidateSource(cache, sight.detector, measure.look),
      crops: sight.crops,
      proposals: measure.proposals.at(-1) as number,
    };
    const { classes } = ofTraining.detector;
    const data = new Map<string, RunData>();
    for (const set of sets.filter((one) => missing.some((run) => run.set === one))) {
      const training = { data: config.data, classes: [...classes] };
      data.set(set.name, await readRunData({ set, config: training }, splits));
    }
    say(`${plural(missing.length, 'run')} of ${total} to do. Engine: ${engine.description}.`);
    let rows: TrainingRows | undefined;
    for (const run of missing) {
      rows ??= await gatherRows(config, ofTraining, sight.crops, shouldStop);
      if (!rows) break;
      const known =
        heads.get(run.seed) ??
        (await trainHeads(experiment, run.seed, rows, classes.length, options));
      heads.set(run.seed, known);
      if (!known.outcome.finished) break;
      const record = await score(
        experiment,
        run,
        known,
        source,
        data.get(run.set.name) as RunData,
        {
          ...options,
          sight,
          engine: engine.description,
        },
      );
      if (!record) break;
      const path = reclassifiedPath(runs, name, run);
      writeRunRecord(path, record);
      ended.push(run.name);
      say(`${run.name} is done: ${resultOf(record)}. Wrote ${path}.`);
    }
    return outcome();
  } finally {
    for (const { weights } of heads.values()) tf.dispose([...weights.values()]);
    sight.dispose();
  }
}

/** The heads of a seed: a finished run's checkpoint is all that it takes the second time. */
async function trainHeads(
  { name, config }: Reclassification,
  seed: number,
  rows: TrainingRows,
  classes: number,
  { cache, minutesBetweenCheckpoints, shouldStop }: SessionOptions,
): Promise<Heads> {
  const ofSeed = { ...config, seed };
  const weights = new ClassifierWeights(ofSeed, rows.inputs, classes + 1);
  try {
    const outcome = await trainClassifier({
      config: ofSeed,
      weights,
      rows,
      checkpoints: join(cache, 'runs', name, `heads.seed-${seed}`),
      minutesBetweenCheckpoints,
      stepsBetweenReports: 500,
      onProgress: ({ step, losses }) => {
        const told = Object.entries(losses).map(([kind, loss]) => `${kind} ${loss.toFixed(3)}`);
        say(`heads of seed ${seed}: step ${step}/${config.iterations}, loss ${told.join(', ')}`);
      },
      shouldStop,
    });
    return { outcome, weights: weights.exported() };
  } finally {
    weights.dispose();
  }
}

async function score(
  { name: experiment, config, measure, splits }: Reclassification,
  { variant, set, seed }: ReclassifiedRun,
  { outcome, weights }: Heads,
  source: ScoringSource,
  data: RunData,
  {
    sight,
    engine,
    commit,
    shouldStop,
  }: Pick<SessionOptions, 'commit' | 'shouldStop'> & { sight: LoadedSight; engine: string },
): Promise<ReclassifiedRecord | undefined> {
  const started = Date.now();
  const classes = set.classes.map((one) => one.name);
  const system = new ReclassifyingSystem(variant, config.merge, weights, source, classes);
  const measured: ReclassifiedRecord['measured'] = {};
  for (const [split, part] of data.scored) {
    const isReport = split === splits.report;
    const found = await measureSplit(system, part, classes, measure, isReport, shouldStop);
    if (!found) return undefined;
    measured[split] = found;
  }
  const tenths = (seconds: number) => Math.round(10 * seconds) / 10;
  return {
    format: 1,
    experiment,
    variant: variant.name,
    set: set.name,
    seed,
    system: variant,
    config: { ...config, seed },
    measure,
    splits,
    commit: commit ?? null,
    dataHash: data.hash,
    weights: { trunk: sight.trunkHashes.join(), redNet: sight.redNetFingerprint ?? null },
    engine,
    seconds: {
      training: tenths(outcome.seconds),
      measuring: tenths((Date.now() - started) / 1000),
    },
    losses: [...outcome.losses],
    measured,
  };
}

function resultOf({ measured, measure, splits }: ReclassifiedRecord): string {
  const at = measured[splits.report]?.atProposals.find(
    ({ proposals }) => proposals === measure.outcomesAt,
  );
  const percent = (value = -1) => (value < 0 ? '-' : `${(100 * value).toFixed(1)} %`);
  return `on ${splits.report}, AP50 ${percent(at?.AP50.mean)}`;
}
