/**
 * A region proposal network alone as a model folder: a small head for one set of anchors, on the trunk
 * of a detector that lies elsewhere; its manifest says which.
 */
import { z } from 'zod';
import { AnchorGenerator } from '../anchors/generator.ts';
import type { LoadedModel } from '../models/loader.ts';
import { ModelError } from '../models/modelError.ts';
import { RegionProposalNetwork } from './rpn.ts';
import { trunkSchema } from './trunk.ts';
import { TAP_STRIDES } from './vgg16.ts';

const tapSchema = z.enum(['conv3_3', 'conv4_3', 'conv5_3']);

/** What the manifest says of it; the RPN's part is as in a detector's. */
export const rpnModelSchema = z.object({
  network: z.literal('rpn'),
  /** pixels of the long side of the pictures it was trained on */
  workingSize: z.number().int().min(32).max(4096),
  rpn: z.strictObject({
    tap: tapSchema,
    anchorSizes: z.array(z.number().positive()).min(1),
    aspectRatios: z.array(z.number().positive()).min(1),
  }),
  /** whose features it reads */
  trunk: trunkSchema,
});

export type RpnModelConfig = z.infer<typeof rpnModelSchema>;

/** A head that is ready to slide. Its weights stay the model's. */
export interface TrainedRpn {
  readonly rpn: RegionProposalNetwork;
  readonly config: RpnModelConfig;
}

/**
 * Puts the head together.
 *
 * @throws ModelError when the model is another kind of network
 */
export function rpnFromModel({
  manifest,
  weights,
}: Pick<LoadedModel, 'manifest' | 'weights'>): TrainedRpn {
  const parsed = rpnModelSchema.safeParse(manifest.architecture);
  if (manifest.kind !== 'rpn' || !parsed.success) {
    const message = `The model "${manifest.name}" is not a region proposal network this version of Loupe can run.`;
    throw new ModelError('unsupported', message, 'manifest.json');
  }
  const { tap, anchorSizes, aspectRatios } = parsed.data.rpn;
  const anchors = new AnchorGenerator({ sizes: anchorSizes, aspectRatios }, TAP_STRIDES[tap]);
  return { rpn: new RegionProposalNetwork(weights, anchors), config: parsed.data };
}
