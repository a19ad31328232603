/**
 * Whose trunk a network reads. Heads that come without a trunk (an RPN for one set of anchors, the
 * proposal classifier) see the features of a detector that lies elsewhere, and would say anything on
 * those of another; so their manifests name it by the hashes of its shards.
 */
import { z } from 'zod';
import type { Manifest } from '../models/manifest.ts';
import { ModelError } from '../models/modelError.ts';
import { VGG16_LAYERS } from './vgg16.ts';

/** A trunk: the name of its model, for people, and SHA-256 of its shards. */
export const trunkSchema = z.strictObject({
  name: z.string().min(1),
  sha256: z.array(z.string()).min(1),
});

export type TrunkIdentity = z.infer<typeof trunkSchema>;

/**
 * SHA-256 of the shards in which a model's trunk lies; where it is stored in eight bits, of those that it was quantized
 * from, for it shows the same features but for that.
 */
export function trunkHashes({ groups }: Pick<Manifest, 'groups'>): string[] {
  const layers = new Set<string>(VGG16_LAYERS.map(({ name }) => name));
  return groups
    .filter(({ weights }) => weights.some(({ name }) => layers.has(name.split('/')[0] as string)))
    .flatMap(({ shards, quantizedFrom }) => quantizedFrom ?? shards.map(({ sha256 }) => sha256));
}

/**
 * Makes sure that heads read the features they were trained on.
 *
 * @param heads what they are called, for people, such as "The head rpn-chen"
 * @param detector the manifest of the model whose trunk there is
 * @throws ModelError with a sentence for people where that is another one
 */
export function requireTrunk(
  heads: string,
  { name, sha256 }: TrunkIdentity,
  detector: Manifest,
): void {
  const there = trunkHashes(detector);
  if (sha256.length === there.length && sha256.every((one) => there.includes(one))) return;
  throw new ModelError(
    'unsupported',
    `${heads} was trained on the trunk of ${name}, and ${detector.name} has another one; choose ${name} to use it.`,
  );
}
