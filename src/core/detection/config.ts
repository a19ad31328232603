/**
 * What a detector consists of, as its manifest says it: enough to build the network from a bag of
 * weights, in the browser and on the command line alike. The parts are strict: a part with a key
 * that this version does not know is another network, not the same one with a remark.
 */
import { z } from 'zod';

export const detectorConfigSchema = z.object({
  /** pixels of the long side of the picture that the network sees */
  workingSize: z.number().int().min(32).max(4096),
  rpn: z.strictObject({
    /** what the RPN slides over: a layer of the trunk, or conv4_3 and conv5_3 fused as the RoI heads see them */
    tap: z.enum(['conv3_3', 'conv4_3', 'conv5_3', 'fused']),
    anchorSizes: z.array(z.number().positive()).min(1),
    aspectRatios: z.array(z.number().positive()).min(1),
  }),
  /**
   * the closer look that the app offers as "Fine", where this model's is not the usual one
   * (looks.ts): another working size, a second, smaller one for objects that outgrow the anchors
   * there, overlapping tiles besides the whole photo
   */
  fine: z
    .strictObject({
      workingSize: z.number().int().min(32).max(4096),
      alsoAt: z.number().int().min(32).max(4096).optional(),
      slices: z.boolean(),
    })
    .optional(),
  roiHeads: z.strictObject({
    outputSize: z.number().int().min(1).max(32),
    samplingRatio: z.number().int().min(1).max(8),
    /** the heads also see each box enlarged by this factor: what is around an object tells what it is */
    context: z.number().gt(1).max(8).optional(),
  }),
});

export type DetectorConfig = z.infer<typeof detectorConfigSchema>;
