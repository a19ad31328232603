/**
 * How well the shipped detector does on one set, kept in a file that needs no photos and no
 * annotations: what became of every detection, and the scores that cannot be had from that alone
 * (by size, of proposals, TIDE's errors). `loupe evaluate --outcomes-out` writes it; the report
 * reads all of training/experiments/shipped. A file is called after what it is of:
 * model.set.split.look.json, such as household.sod_coco10.test.fine.json.
 */
import { basename } from 'node:path';
import { z } from 'zod';
import {
  BOOTSTRAP_SEED,
  bootstrapDraws,
  type Drawn,
  differenceOfDraws,
  intervalOf,
  RESAMPLES,
} from '../../src/core/evaluation/bootstrap.ts';
import type { CocoGroundTruth } from '../../src/core/evaluation/cocoJson.ts';
import {
  ap50PerClass,
  type Outcomes,
  objectCount,
  sumOf,
} from '../../src/core/evaluation/outcomes.ts';
import { precisionRecall, thinCurve } from '../../src/core/evaluation/precisionRecall.ts';
import { detectorSchema } from '../../src/core/results/detectorSchema.ts';
import type { DetectorResults, ResultsDifference } from '../../src/core/results/schema.ts';
import { UserError } from '../console.ts';
import { seededRandom } from '../detector/random.ts';
import type { Report } from '../evaluationReport.ts';
import {
  packedOutcomesSchema,
  packOutcomes,
  unpackOutcomes,
} from '../experiment/packedOutcomes.ts';
import { four, rounded, shareOf, six } from './numbers.ts';

const { model, set, split, look, photos, AP, VOC, bySize, recall, errors } = detectorSchema.shape;

/** What the report needs, less what it computes from the outcomes. */
export const scoredSchema = z.strictObject({
  format: z.literal(1),
  ...{ model, set, split, look, photos, AP, VOC, bySize, recall, errors },
  /** VOC AP, in the order of the outcomes' classes */
  vocPerClass: z.array(VOC),
  outcomes: packedOutcomesSchema,
});

export type Scored = z.infer<typeof scoredSchema>;

/** An evaluation that was asked for everything. */
type WholeReport = Report & Required<Pick<Report, 'bySize' | 'errors'>>;

/**
 * What is kept of an evaluation.
 *
 * @param path of the file it will be in, which says what it is of
 * @throws UserError when the file's name does not say it
 */
export function scoredOf(
  path: string,
  truth: CocoGroundTruth,
  outcomes: Outcomes,
  { stats, voc, bySize, proposals = [], errors }: WholeReport,
): Scored {
  return {
    format: 1,
    ...namesOf(path),
    photos: truth.images.length,
    AP: shareOf(stats[0] as number),
    VOC: shareOf(voc.mAP50),
    bySize: bySize.map((size) => ({
      ...size,
      AP50: shareOf(size.AP50),
      recall: shareOf(size.recall),
    })),
    recall: proposals.map((one) => ({
      proposals: one.proposals,
      all: shareOf(one.recall),
      small: shareOf(one.recallSmall),
    })),
    errors: {
      ap: six(errors.ap),
      errors: errors.errors.map((error) => ({ ...error, dAP: six(error.dAP) })),
      falsePositives: six(errors.falsePositives),
      falseNegatives: six(errors.falseNegatives),
    },
    vocPerClass: voc.perCategory.map(({ AP50 }) => shareOf(AP50)),
    outcomes: packOutcomes(outcomes),
  };
}

/**
 * What a file is of, from its name.
 * @throws UserError
 */
export function namesOf(path: string): Pick<Scored, 'model' | 'set' | 'split' | 'look'> {
  const [model, set, split, look, json, ...more] = basename(path).split('.');
  if (!model || !set || !split || !look || json !== 'json' || more.length > 0) {
    throw new UserError(
      `${path} must be called model.set.split.look.json, such as household.sod_coco10.test.fine.json.`,
    );
  }
  return { model, set, split, look };
}

/** As the app calls them. */
const LOOKS: Readonly<Record<string, string>> = { fast: 'Fast', fine: 'Fine' };
const lookOf = (look: string) => LOOKS[look] ?? look;

/**
 * The rows of the shipped detector, and how much better its closer look is than the quick one.
 *
 * @param all in the order of the rows
 */
export function detectorResults(
  all: readonly Scored[],
  resamples = RESAMPLES,
): { rows: DetectorResults[]; differences: ResultsDifference[] } {
  const drawn = all.map((one) => {
    return bootstrapDraws([unpackOutcomes(one.outcomes)], seededRandom(BOOTSTRAP_SEED), resamples);
  });
  const rows = all.map((one, at) => rowOf(one, drawn[at] as Drawn));
  const differences = all.flatMap((fine, at): ResultsDifference[] => {
    const other = all.findIndex(
      (fast) =>
        fine.look === 'fine' &&
        fast.look === 'fast' &&
        [fast.model, fast.set, fast.split].join() === [fine.model, fine.set, fine.split].join(),
    );
    if (other < 0) return [];
    const difference = differenceOfDraws([
      { system: drawn[at] as Drawn, baseline: drawn[other] as Drawn },
    ]);
    return [
      {
        ...rounded(difference),
        system: lookOf(fine.look),
        baseline: lookOf('fast'),
        sets: [{ name: fine.set, images: fine.photos, seeds: [] }],
        atOrBelowZero: six(difference.atOrBelowZero),
        resamples,
      },
    ];
  });
  return { rows, differences };
}

function rowOf({ format, vocPerClass, outcomes: packed, ...scored }: Scored, drawn: Drawn) {
  const outcomes = unpackOutcomes(packed);
  const AP50 = ap50PerClass(outcomes);
  return {
    ...scored,
    look: lookOf(scored.look),
    objects: objectCount(outcomes),
    AP50: rounded(intervalOf(drawn)),
    perClass: outcomes.classes.map(({ name, objects }, k) => ({
      class: name,
      objects: sumOf(objects),
      AP50: shareOf(AP50[k] as number),
      VOC: vocPerClass[k] ?? null,
    })),
    curves: outcomes.classes.flatMap((one) => {
      const curve = precisionRecall(one);
      if (!curve) return [];
      const thin = thinCurve(curve);
      return [
        {
          class: one.name,
          recall: thin.recall.map(four),
          precision: thin.precision.map(four),
          score: [...thin.score],
        },
      ];
    }),
  };
}
