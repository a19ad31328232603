/**
 * The 60 cases pycocotools 2.0.11 answered for us, read from their
 * compressed copy.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  type CocoGroundTruth,
  type CocoResult,
  type ImageId,
  parseGroundTruth,
  parseResults,
} from '../../src/core/evaluation/cocoJson.ts';

export interface CocoCase {
  readonly seed: number;
  readonly style: string;
  readonly ground_truth: unknown;
  readonly detections: unknown;
  readonly expected: {
    readonly stats: readonly number[];
    readonly per_category: readonly { category_id: number; AP: number; AP50: number }[];
    readonly precision_sum: number;
    readonly precision_count: number;
  };
}

const FILE = new URL('../fixtures/cocoEval.json.gz', import.meta.url);

export function cocoCases(): CocoCase[] {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString());
}

const cases = cocoCases();

/**
 * A case as the evaluator takes it.
 *
 * @param scores with distinct ones no answer depends on the order of equal scores
 */
export function parsedCase(
  index: number,
  scores: 'as they are' | 'distinct scores' = 'as they are',
) {
  const { ground_truth, detections } = cases[index] as CocoCase;
  const truth = parseGroundTruth(ground_truth);
  const results = parseResults(detections).map((detection, place) =>
    scores === 'as they are' ? detection : { ...detection, score: detection.score - 1e-7 * place },
  );
  return { truth, results };
}

/** A set with image number i copied `times[i]` times: a resample, the slow way. */
export function copiesOf(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  times: readonly number[],
): { truth: CocoGroundTruth; results: CocoResult[] } {
  const images = truth.images
    .toSorted((a, b) => Number(a.id) - Number(b.id))
    .flatMap((image, index) =>
      Array.from({ length: times[index] as number }, (_, copy) => ({
        image,
        id: Number(image.id) * 1000 + copy,
      })),
    );
  const copy = <T extends { image_id: ImageId }>(list: readonly T[]) =>
    images.flatMap(({ image, id }) =>
      list.filter(({ image_id }) => image_id === image.id).map((one) => ({ ...one, image_id: id })),
    );
  return {
    truth: {
      categories: truth.categories,
      images: images.map(({ image, id }) => ({ ...image, id })),
      annotations: copy(truth.annotations).map((object, index) => ({ ...object, id: index + 1 })),
    },
    results: copy(results),
  };
}
