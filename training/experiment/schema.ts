/**
 * An experiment as data: `training/experiments/*.json`. Which trainings to compare, on which data
 * sets, from how many seeds, and what to measure of each. Every variant is trained and scored on
 * every set alone, on that set's own classes.
 */
import { z } from 'zod';
import { detectorConfigSchema } from '../../src/core/detection/config.ts';
import { trainingConfigSchema } from '../detector/config.ts';
import { readJsonFile } from '../jsonFile.ts';

const NAME = /^[a-z0-9_-]+$/;
const name = z.string().regex(NAME);

/** A training config less what the variants, sets and seeds say. */
const baseSchema = trainingConfigSchema.omit({
  name: true,
  description: true,
  classes: true,
  data: true,
  seed: true,
});

/** What is different: where the RPN slides, and its anchors. */
const variantSchema = z.strictObject({
  name,
  ...detectorConfigSchema.shape.rpn.partial().shape,
});

const setSchema = z.strictObject({
  name,
  /** the folder of the photos */
  images: z.string().min(1),
  /** by split, COCO JSON; "train" is what is trained on */
  annotations: z.record(z.string(), z.string().min(1)),
  /** trained on and scored; other classes of the files do not count */
  classes: trainingConfigSchema.shape.classes.min(1),
});

export const measureSchema = z.strictObject({
  /** numbers of proposals; each run is scored at all of them */
  proposals: z.array(z.number().int().min(1)).min(1),
  /** anchors decoded before NMS, as many as the original Faster R-CNN takes */
  preNmsTopN: z.number().int().min(1).default(6000),
  /** at this number of proposals what became of every detection is kept, too */
  outcomesAt: z.number().int().min(1).default(300),
  /** detections with a lower score are left out */
  scoreThreshold: z.number().min(0).max(1).default(0.01),
});

export const experimentSchema = z
  .strictObject({
    name,
    description: z.string().min(1),
    base: baseSchema,
    variants: z.array(variantSchema).min(1),
    sets: z.array(setSchema).min(1),
    seeds: z.array(z.number().int()).min(1),
    /** the split that decisions are taken on, and the one that is reported */
    splits: z.strictObject({ choose: z.string().min(1), report: z.string().min(1) }),
    measure: measureSchema,
  })
  .superRefine(({ variants, sets, seeds, splits, measure }, context) => {
    const refuse = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    const twice = (list: readonly unknown[]) => list.find((value, at) => list.indexOf(value) < at);
    const lists = {
      variants: variants.map((variant) => variant.name),
      sets: sets.map((set) => set.name),
      seeds,
    };
    for (const [key, list] of Object.entries(lists)) {
      if (twice(list) !== undefined) refuse(`there are two of "${twice(list)}"`, key);
    }
    sets.forEach(({ annotations }, at) => {
      for (const split of ['train', ...Object.values(splits)]) {
        if (!annotations[split]) refuse(`it lacks the split "${split}"`, 'sets', at, 'annotations');
      }
    });
    if (!measure.proposals.includes(measure.outcomesAt)) {
      refuse('it must be one of the numbers of proposals', 'measure', 'outcomesAt');
    }
    if (measure.proposals.some((count, at, all) => count <= (all[at - 1] ?? 0))) {
      refuse('the numbers must rise', 'measure', 'proposals');
    }
  });

export type Experiment = z.infer<typeof experimentSchema>;
export type ExperimentSet = Experiment['sets'][number];
export type MeasureOptions = z.infer<typeof measureSchema>;

/**
 * Reads an experiment file.
 * @throws UserError that names the file and what is wrong in it
 */
export function readExperiment(path: string): Experiment {
  return readJsonFile(path, experimentSchema, {
    what: 'experiment',
    example: 'training/experiments/table-1.json',
  });
}
