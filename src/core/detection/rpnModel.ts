/**
 * A region proposal network alone as a model folder: a small head for one set of anchors, on the trunk
 * of a detector that lies elsewhere. Its manifest says which trunk, by the hashes of its shards: on the
 * features of another one the head would say anything.
 */
import { z } from 'zod';
import { AnchorGenerator } from '../anchors/generator.ts';
import type { LoadedModel } from '../models/loader.ts';
import type { Manifest } from '../models/manifest.ts';
import { ModelError } from '../models/modelError.ts';
import { RegionProposalNetwork } from './rpn.ts';
import { TAP_STRIDES, VGG16_LAYERS } from './vgg16.ts';

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
  /** whose features it reads: a name for people, and SHA-256 of all shards of the trunk */
  trunk: z.object({ name: z.string().min(1), sha256: z.array(z.string()).min(1) }),
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

/** SHA-256 of the shards in which a model's trunk lies. */
export function trunkHashes({ groups }: Pick<Manifest, 'groups'>): string[] {
  const layers = new Set<string>(VGG16_LAYERS.map(({ name }) => name));
  return groups
    .filter(({ weights }) => weights.some(({ name }) => layers.has(name.split('/')[0] as string)))
    .flatMap(({ shards }) => shards.map(({ sha256 }) => sha256));
}

/**
 * Makes sure that a head reads the features it was trained on.
 *
 * @param detector the manifest of the model whose trunk there is
 * @throws ModelError with a sentence for people where that is another one
 */
export function requireTrunk({ trunk }: RpnModelConfig, head: string, detector: Manifest): void {
  const there = trunkHashes(detector);
  if (trunk.sha256.length === there.length && trunk.sha256.every((one) => there.includes(one))) {
    return;
  }
  throw new ModelError(
    'unsupported',
    `The head ${head} was trained on the trunk of ${trunk.name}, and ${detector.name} has another one; choose ${trunk.name} to use it.`,
  );
}
