/**
 * Records of runs that nobody trained: the real experiments of training/experiments, on a few photos
 * that do not exist, with detections by dice. A variant finds the more, the later it stands in its
 * experiment. For tests of what reads records.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ap50PerClass, meanAp50, type Outcomes } from '../../src/core/evaluation/outcomes.ts';
import {
  COCO_AREA_RANGES,
  IMAGE_AREA_RANGES,
  SMALL_AREA_RANGE,
} from '../../src/core/evaluation/params.ts';
import { TIDE_TYPES } from '../../src/core/evaluation/tideTypes.ts';
import { seededRandom } from '../../training/detector/random.ts';
import { packOutcomes } from '../../training/experiment/packedOutcomes.ts';
import { type PlannedRun, planRuns } from '../../training/experiment/plan.ts';
import { type RunRecord, writeRunRecord } from '../../training/experiment/runRecord.ts';
import { type Experiment, readExperiment } from '../../training/experiment/schema.ts';
import { recordPath } from '../../training/experiment/survey.ts';

const PHOTOS = 8;
const EXPERIMENTS = ['table-1', 'placement'];

/**
 * A folder with the experiments and the records of their runs.
 *
 * @param isDone which runs there are; all, when left out
 */
export function writeMadeUpRecords(
  folder: string,
  isDone: (run: PlannedRun) => boolean = () => true,
) {
  mkdirSync(folder, { recursive: true });
  for (const name of EXPERIMENTS) {
    const experiment = threeSeeds(name);
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(experiment));
    for (const run of planRuns(experiment).filter(isDone)) {
      const path = recordPath(join(folder, 'runs'), experiment, run);
      writeRunRecord(path, madeUpRecord(experiment, run));
    }
  }
}

/** An experiment of training/experiments, with three seeds whatever it has there. */
export function threeSeeds(name: string): Experiment {
  return { ...readExperiment(join('training/experiments', `${name}.json`)), seeds: [1, 2, 3] };
}

/** The record of one run. */
export function madeUpRecord(experiment: Experiment, run: PlannedRun): RunRecord {
  const { measure, splits } = experiment;
  const { set, variant, seed, config } = run;
  const place = experiment.variants.findIndex(({ name }) => name === variant);
  const outcomes = madeUpOutcomes(run, place);
  const areas = ['all', ...IMAGE_AREA_RANGES.map(({ name }) => name)];
  // Outcomes are by rising id, a record's classes as the set lists them.
  const perClass = ap50PerClass(outcomes);
  const placeOf = (id: number) =>
    outcomes.classes.findIndex(({ category_id }) => category_id === id);
  const ap = {
    mean: meanAp50(outcomes),
    perClass: set.classes.map(({ id }) => perClass[placeOf(id)] as number),
  };
  const measured = {
    photos: PHOTOS,
    objects: 2 * PHOTOS * set.classes.length,
    proposalsPerPhoto: 300,
    atProposals: measure.proposals.map((proposals) => ({
      proposals,
      recall: Object.fromEntries(
        areas.map((area, at) => [area, (0.1 * (place + 1 + at) * proposals) / (proposals + 100)]),
      ),
      AP50: ap,
      VOC: ap,
    })),
  };
  return {
    format: 1,
    experiment: experiment.name,
    variant,
    set: set.name,
    seed,
    config,
    measure,
    splits,
    commit: '0123456789abcdef',
    dataHash: 'fedcba9876543210',
    engine: 'dice',
    seconds: { training: 3000, measuring: 600 },
    gflop: { step: 20, photo: 10 },
    losses: [],
    measured: {
      ...(splits.choose && { [splits.choose]: measured }),
      [splits.report]: {
        ...measured,
        outcomes: packOutcomes(outcomes),
        smallOutcomes: packOutcomes({ ...outcomes, range: SMALL_AREA_RANGE }),
        bySize: Object.fromEntries(areas.map((area) => [area, ap])),
        errors: {
          ap: ap.mean,
          errors: TIDE_TYPES.map((type) => ({ type, count: place + 3, dAP: 0.01 * place })),
          falsePositives: 0.1,
          falseNegatives: 0.2,
        },
      },
    },
  };
}

/** Two objects of every class on every photo; wrong detections among the right ones. */
function madeUpOutcomes({ set, seed }: PlannedRun, place: number): Outcomes {
  const random = seededRandom(7, place, seed, set.name.length);
  const objects = Array<number>(PHOTOS).fill(2);
  return {
    range: COCO_AREA_RANGES[0] as Outcomes['range'],
    images: objects.map((_, image) => image + 1),
    classes: set.classes
      .toSorted((a, b) => a.id - b.id)
      .map(({ id, name }) => {
        const found = objects.flatMap((count, image) =>
          Array.from({ length: count + 2 }, (_, at) => ({
            image,
            right: Number(at < count && random() < 0.2 + 0.15 * place),
            score: Math.round(1000 * random()) / 1000,
          })),
        );
        found.sort((a, b) => b.score - a.score);
        return {
          category_id: id,
          name,
          objects,
          images: found.map(({ image }) => image),
          scores: found.map(({ score }) => score),
          right: found.map(({ right }) => right),
        };
      }),
  };
}
