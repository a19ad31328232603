/**
 * Which detections and objects a gallery shows (Krishna and Jawahar 2017, Figure 6, shows chosen
 * ones; here a rule chooses). For each class: the right detections of the highest scores, the wrong
 * ones of the highest scores, each with its type of error (TIDE), and missed objects by a seeded
 * draw, largest first, for the misses have no score to go by. Nobody's taste is in it.
 */
import type {
  CocoAnnotation,
  CocoBbox,
  CocoCategory,
  CocoGroundTruth,
  CocoResult,
  ImageId,
} from '../../src/core/evaluation/cocoJson.ts';
import { typeErrors, type WrongType } from '../../src/core/evaluation/tideTypes.ts';
import { permutation } from '../detector/random.ts';

export type PickKind = 'right' | 'wrong' | 'missed';

/** One thing to show. */
export interface Pick {
  readonly kind: PickKind;
  readonly image_id: ImageId;
  readonly bbox: CocoBbox;
  /** of a detection, in 0..1 */
  readonly score?: number;
  /** of a wrong detection */
  readonly error?: WrongType;
  /** the object that a wrong class or place would find without the error */
  readonly object?: CocoAnnotation;
}

/** What there is of one class, and what of it is shown. */
export interface ClassPicks {
  readonly category: CocoCategory;
  /** how many there are of each kind; right and missed together are the class's objects */
  readonly totals: Readonly<Record<PickKind, number>>;
  readonly shown: Readonly<Record<PickKind, readonly Pick[]>>;
}

export interface PickOptions {
  /** how many of each class and kind at most */
  readonly count: number;
  /** of the draw among the missed */
  readonly seed: number;
}

/**
 * The picks of every class that has objects or detections, in the order of the ground truth's
 * categories. Detections that COCO ignores (in crowds) count as neither right nor wrong.
 *
 * @param results the best 100 of an image count, over all classes, as in TIDE
 */
export function pickExamples(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  { count, seed }: PickOptions,
): ClassPicks[] {
  const { detections, unfound } = typeErrors(truth, results);
  const picks = detections
    .filter(({ was }) => was !== undefined)
    .toSorted((a, b) => b.detection.score - a.detection.score)
    .map(({ detection, type, object }) => ({
      category_id: detection.category_id,
      pick: {
        kind: type ? 'wrong' : 'right',
        image_id: detection.image_id,
        bbox: detection.bbox,
        score: detection.score,
        ...(type ? { error: type } : {}),
        ...(object ? { object } : {}),
      } satisfies Pick as Pick,
    }));
  return truth.categories
    .map((category): ClassPicks => {
      const ofClass = picks.filter(({ category_id }) => category_id === category.id);
      const [right, wrong] = (['right', 'wrong'] as const).map((kind) =>
        ofClass.map(({ pick }) => pick).filter((pick) => pick.kind === kind),
      ) as [Pick[], Pick[]];
      const missed = unfound.filter(({ category_id }) => category_id === category.id);
      const drawn = Array.from(
        permutation(missed.length, seed, category.id).subarray(0, count),
        (index) => missed[index] as CocoAnnotation,
      );
      return {
        category,
        totals: { right: right.length, wrong: wrong.length, missed: missed.length },
        shown: {
          right: right.slice(0, count),
          wrong: wrong.slice(0, count),
          missed: drawn
            .sort((a, b) => boxArea(b) - boxArea(a))
            .map(({ image_id, bbox }) => ({ kind: 'missed', image_id, bbox })),
        },
      };
    })
    .filter(({ totals: { right, wrong, missed } }) => right + wrong + missed > 0);
}

const boxArea = ({ bbox: [, , width, height] }: CocoAnnotation) => width * height;
