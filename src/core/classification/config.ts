/**
 * What a proposal classifier consists of, as its manifest says it: how crops are cut and upscaled,
 * what of the trunk's features its heads see, which heads there are, on whose trunk they were trained,
 * and how their scores merge into the detector's. All of it was chosen on val, so it is data.
 */
import { z } from 'zod';
import { trunkSchema } from '../detection/trunk.ts';

/** How proposals are upscaled before they are classified again; "none" leaves the detector's scores. */
export const UPSCALINGS = ['none', 'bicubic', 'super-resolution'] as const;
export type Upscaling = (typeof UPSCALINGS)[number];

/** The kinds of upscaling that have a head of their own. */
export const HEAD_KINDS = ['bicubic', 'super-resolution'] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

export const cropConfigSchema = z.strictObject({
  /** pixels of the square crop that the trunk sees */
  side: z.int().min(16).max(512).multipleOf(16),
  /** the side of what is cut out of the picture over the proposal's longer side */
  context: z.number().min(1).max(8),
  /** small proposals are not enlarged more; more of what is around them is cut out instead */
  maxEnlargement: z.number().min(1).max(16),
});

export type CropConfig = z.infer<typeof cropConfigSchema>;

export const headConfigSchema = z.strictObject({
  /** features are averaged over so many bins a side before the head sees them; 0 leaves a tap out */
  bins: z.strictObject({ conv4_3: z.int().min(0).max(32), conv5_3: z.int().min(1).max(32) }),
  /** units of the hidden layer */
  hidden: z.int().min(1).max(4096),
});

export type HeadConfig = z.infer<typeof headConfigSchema>;

export const MERGE_RULES = ['detector', 'classifier', 'product', 'mean'] as const;

export const mergeConfigSchema = z.strictObject({
  /** the classifier alone as in the paper, or a mean with the detector's score; "detector" changes nothing */
  rule: z.enum(MERGE_RULES),
  /** the classifier's share in "product" (a weighted geometric mean) and "mean" */
  weight: z.number().min(0).max(1).default(0.5),
});

export type MergeConfig = z.infer<typeof mergeConfigSchema>;

/** Whether a grid of bins fits the features of crops of that side: every bin must cover as many cells. */
export function binsFit({ side }: CropConfig, { bins }: HeadConfig): boolean {
  const fits = (cells: number, count: number) => count === 0 || cells % count === 0;
  return fits(side / 8, bins.conv4_3) && fits(side / 16, bins.conv5_3);
}

export const classifierConfigSchema = z
  .strictObject({
    network: z.literal('proposal-classifier'),
    crop: cropConfigSchema,
    head: headConfigSchema,
    kinds: z.array(z.enum(HEAD_KINDS)).min(1),
    /** whose features the heads were trained on */
    trunk: trunkSchema,
    merge: mergeConfigSchema,
  })
  .refine(({ crop, head }) => binsFit(crop, head), {
    error: "must divide the crop's features into equal bins",
    path: ['head', 'bins'],
  });

export type ClassifierConfig = z.infer<typeof classifierConfigSchema>;
