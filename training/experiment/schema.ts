/**
 * An experiment as data: `training/experiments/*.json`. Which trainings to compare, on which data
 * sets, from how many seeds, and what to measure of each. Every variant is scored on every set
 * alone, on that set's own classes, and trained on that set, unless the variant names other data.
 */
import { z } from 'zod';
import { detectorConfigSchema } from '../../src/core/detection/config.ts';
import { datasetSchema, trainingConfigSchema } from '../detector/config.ts';
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

const classesSchema = trainingConfigSchema.shape.classes.min(1);

/** What is different: where the RPN slides and its anchors; by more words, anything else. */
const variantSchema = z.strictObject({
  name,
  ...detectorConfigSchema.shape.rpn.partial().shape,
  /** keys of `base` (not the trunk) with other values; of `detector`, the parts that are named */
  with: z.record(z.string(), z.unknown()).optional(),
  /** classes learned besides the set's own; neither shown nor scored */
  classes: classesSchema.optional(),
  /** trained on besides the set; one of the set's own name takes the place of its train split */
  data: z.array(datasetSchema).min(1).optional(),
});

export const setSchema = z.strictObject({
  name,
  /** the folder of the photos */
  images: z.string().min(1),
  /** by split, COCO JSON; "train" is what is trained on */
  annotations: z.record(z.string(), z.string().min(1)),
  /** trained on and scored; other classes of the files do not count */
  classes: classesSchema,
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

/**
 * The splits that are scored: the one that is reported, where what became of every detection is
 * kept, and the one that decisions are taken on, where that is another.
 */
export const splitsSchema = z.strictObject({
  choose: z.string().min(1).optional(),
  report: z.string().min(1),
});

export const experimentSchema = z
  .strictObject({
    name,
    description: z.string().min(1),
    base: baseSchema,
    /** classes that all detectors know besides the set's own; neither shown nor scored */
    classes: classesSchema.optional(),
    variants: z.array(variantSchema).min(1),
    sets: z.array(setSchema).min(1),
    seeds: z.array(z.number().int()).min(1),
    splits: splitsSchema,
    measure: measureSchema,
  })
  .superRefine(({ base, variants, sets, seeds, splits, measure }, context) => {
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
    variants.forEach(({ with: changes = {} }, at) => {
      // One trunk is loaded for all runs, and features of one are not another's.
      if ('trunk' in changes) refuse('it must be that of base', 'variants', at, 'with', 'trunk');
      const issue = baseSchema.safeParse(withChanges(base, changes)).error?.issues[0];
      if (issue) refuse(issue.message, 'variants', at, 'with', ...(issue.path as string[]));
    });
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

/** `base` as a variant changes it; still to be parsed. */
export function withChanges(
  base: Experiment['base'],
  { detector, ...changes }: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return { ...base, ...changes, detector: merged(base.detector, detector) };
}

/** The changes within parts of parts; what is no object of named parts is replaced as a whole. */
function merged(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  if (!isParts(base) || !isParts(changes)) return changes;
  const parts = Object.entries(changes).map(([key, part]) => [key, merged(base[key], part)]);
  return { ...base, ...Object.fromEntries(parts) };
}

function isParts(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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
