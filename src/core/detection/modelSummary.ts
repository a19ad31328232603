/**
 * What a detector's manifest says that people want to know before they use it: its classes, the data
 * it was trained on, how well it does there, and how long a closer look takes. Plain data, so that it
 * can be sent from the worker to the page.
 */
import { z } from 'zod';
import { type Manifest, modelBytes } from '../models/manifest.ts';
import { metricsSchema, type Score } from '../models/metrics.ts';
import { detectorConfigOf } from './fromModel.ts';
import { type Looks, looksOf } from './looks.ts';
import type { DetectorClass } from './types.ts';

const trainedOnSchema = z.array(z.object({ name: z.string(), labels: z.array(z.string()) }));

/** COCO AP in 0..1, over a set's own classes; below 0 where a set has no such object. */
export interface MeasuredSplit extends Score {
  /** which photos of the set: "val", "test" */
  readonly split: string;
}

/** A data set that a model was trained on, and how well it does there. */
export interface DataSetSummary {
  readonly name: string;
  /** the classes that the set labels */
  readonly labels: readonly string[];
  /** empty where nothing was measured */
  readonly measured: readonly MeasuredSplit[];
}

export interface ModelSummary {
  readonly name: string;
  readonly title: string;
  readonly classes: readonly DetectorClass[];
  readonly attribution: string;
  /** of all shards: what a first visit downloads */
  readonly bytes: number;
  readonly looks: Looks;
  readonly data: readonly DataSetSummary[];
  /** the score from which on its detections are best shown, in hundredths, where val told */
  readonly scoreThreshold?: number;
}

/**
 * What a manifest says of its detector. Data and quality are free JSON there: what is not written as
 * `loupe train detector` writes it is left out.
 *
 * @throws ModelError when the model is no detector
 */
export function summariseModel(manifest: Manifest): ModelSummary {
  const { name, description, classes, attribution, training } = manifest;
  const trainedOn = trainedOnSchema.safeParse(training?.data);
  const metrics = metricsSchema.safeParse(training?.metrics);
  const splits = metrics.success ? Object.entries(metrics.data) : [];
  const [best] = splits.flatMap(([split, sets]) =>
    split.startsWith('val')
      ? Object.values(sets).flatMap(({ operatingPoint }) => operatingPoint ?? [])
      : [],
  );
  return {
    name,
    title: description,
    classes,
    attribution,
    bytes: modelBytes(manifest),
    looks: looksOf(detectorConfigOf(manifest)),
    data: (trainedOn.data ?? []).map((set) => ({
      ...set,
      measured: splits.flatMap(([split, sets]) => {
        const score = sets[set.name];
        return score ? [{ split, ...score }] : [];
      }),
    })),
    ...(best && { scoreThreshold: Math.round(100 * best.threshold) / 100 }),
  };
}
