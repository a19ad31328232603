/**
 * Figure 4: how large the objects of each data set are. Counting needs the annotations, which are
 * no part of the repository; what is counted is kept (training/experiments/sizes.json: numbers
 * only), so that the report needs nothing else. The anchors' side of the figure is theory.
 */

import { reachedPositions, reachedSides } from '../../src/core/anchors/reach.ts';
import { BIN_EDGES, binOfSide } from '../../src/core/anchors/sizeBins.ts';
import { type SizeStatistics, sizeStatisticsOf } from '../../src/core/anchors/sizeStatistics.ts';
import { cocoBoxes } from '../../src/core/annotations/coco.ts';
import { workingDimensions } from '../../src/core/detection/transform.ts';
import { type CocoGroundTruth, hasSize } from '../../src/core/evaluation/cocoJson.ts';
import type { SizeCounts, Sizes } from '../../src/core/results/schema.ts';
import { readGroundTruth } from '../cocoFiles.ts';
import { UserError } from '../console.ts';
import { ofClasses } from '../experiment/runData.ts';
import type { Experiment } from '../experiment/schema.ts';
import type { ExperimentInput } from './experiments.ts';
import { four } from './numbers.ts';

/**
 * Counts the objects of every set and split of an experiment by size: the root of the area of a
 * box, in pixels of the working picture. Crowds are left out.
 *
 * @throws UserError when annotations cannot be read, or photos have no size there
 */
export async function countSizes({ sets, base }: Experiment): Promise<SizeCounts> {
  const { workingSize } = base.detector;
  const counted: SizeCounts['sets'] = [];
  for (const { name, annotations, classes } of sets) {
    const counts: Record<string, number[]> = {};
    for (const [split, path] of Object.entries(annotations)) {
      const truth = ofClasses(
        await readGroundTruth(path),
        classes.map((one) => one.name),
      );
      if (!truth.images.every(hasSize)) {
        throw new UserError(`${path} has photos without width and height, which sizes need.`);
      }
      counts[split] = histogram(sidesOf(truth, workingSize));
    }
    counted.push({ name, counts });
  }
  return { workingSize, edges: [...BIN_EDGES], sets: counted };
}

/**
 * Widths and heights of the objects that each set of an experiment is trained on, for the page on
 * which anchors are chosen.
 *
 * @throws UserError when annotations cannot be read
 */
export async function countStatistics({ sets }: Experiment): Promise<SizeStatistics[]> {
  return Promise.all(
    sets.map(async ({ name, annotations, classes }) => {
      const path = annotations.train as string;
      const truth = ofClasses(
        await readGroundTruth(path),
        classes.map((one) => one.name),
      );
      return sizeStatisticsOf(cocoBoxes(truth, path), name);
    }),
  );
}

function sidesOf({ images, annotations }: CocoGroundTruth, workingSize: number): number[] {
  const scaleOf = new Map(
    images.map(({ id, width = 0, height = 0 }) => {
      const working = workingDimensions(width, height, workingSize);
      return [id, Math.sqrt((working.width / width) * (working.height / height))];
    }),
  );
  return annotations
    .filter(({ iscrowd }) => !iscrowd)
    .map(({ image_id, bbox: [, , width, height] }) => {
      return Math.sqrt(width * height) * (scaleOf.get(image_id) as number);
    });
}

function histogram(sides: readonly number[]): number[] {
  const bins = Array<number>(BIN_EDGES.length - 1).fill(0);
  for (const side of sides) (bins[binOfSide(side)] as number)++;
  return bins;
}

/** The counts with what each anchor set of an experiment reaches. */
export function sizesWithAnchors(
  counts: SizeCounts,
  { experiment: { variants } }: ExperimentInput,
): Sizes {
  const middles = counts.edges.slice(1).map((edge, bin) => {
    return Math.sqrt(edge * (counts.edges[bin] as number));
  });
  return {
    ...counts,
    anchors: variants.map(({ name, title, anchorSizes: sizes, aspectRatios, stride }) => {
      return {
        ...{ name, title, sizes, stride },
        reach: reachedSides({ sizes }).map(([from, to]): [number, number] => [
          tenth(from),
          tenth(to),
        ]),
        positions: middles.map((side) =>
          four(reachedPositions({ sizes, aspectRatios }, stride, side)),
        ),
      };
    }),
  };
}

const tenth = (pixels: number) => Math.round(10 * pixels) / 10;
