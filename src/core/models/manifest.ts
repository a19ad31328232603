/**
 * The manifest of a model folder (`manifest.json`): what the model is, which weights it has and in which shards they lie,
 * with the length and SHA-256 of each shard, how pictures must be prepared for it, and where it came from. The loader
 * reads this file only; the `model.json` beside it, where there is one, describes the same shards to tf.loadLayersModel and
 * Netron.
 */
import { z } from 'zod';
import { int8Bytes } from './int8.ts';
import { ModelError } from './modelError.ts';

/** How values may be stored; see int8.ts for eight bits. Everything is float32 once loaded. */
const STORED_DTYPES = ['int8', 'float16', 'float32'] as const;
export type StoredDtype = (typeof STORED_DTYPES)[number];

/** No shard is larger, so that a broken download costs little and several run side by side. */
export const MAX_SHARD_BYTES = 4 * 1024 * 1024;

// A file of this model's folder, or of a sibling folder ("../vgg16/x.bin"), and nothing else: no other "..", no scheme,
// no leading slash or dot. So a manifest cannot make the loader read outside the folder that holds the models.
const SHARD_PATH = /^(?:\.\.\/[A-Za-z0-9_][\w.-]*\/)?[A-Za-z0-9_][\w.-]*$/;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const text = z.string().min(1);

const shardSchema = z.object({
  path: z
    .string()
    .regex(SHARD_PATH, 'must name a file of the model\'s folder or of a sibling ("../name/file")'),
  bytes: z.int().positive().max(MAX_SHARD_BYTES),
  sha256,
});

const weightSchema = z.object({
  name: text,
  shape: z.array(z.int().positive()),
  dtype: z.enum(STORED_DTYPES),
});

/** Weights that are stored together: one after the other, cut into shards that belong to no other group. */
const groupSchema = z
  .object({
    name: text,
    weights: z.array(weightSchema).min(1),
    shards: z.array(shardSchema).min(1),
    /** SHA-256 of the shards that these weights were quantized from, where they were. */
    quantizedFrom: z.array(sha256).min(1).optional(),
  })
  .refine(
    (group) => sum(group.weights.map(storedBytes)) === sum(group.shards.map((s) => s.bytes)),
    { error: "its shards' bytes do not add up to those of its weights" },
  );

/** Free JSON with facts for people and for the code that owns the format of that part. */
const json = z.record(z.string(), z.unknown());

export const manifestSchema = z
  .object({
    formatVersion: z.literal(1),
    name: text,
    description: text,
    kind: z.enum(['trunk', 'detector', 'rpn', 'super-resolution', 'classifier']),
    /** How the weights are put together; read by the code that builds the network. */
    architecture: json,
    classes: z.array(z.object({ id: z.int().nonnegative(), name: text, shown: z.boolean() })),
    preprocessing: z.object({
      channelOrder: z.enum(['BGR', 'RGB']),
      /** Subtracted from each channel, in channel order. */
      mean: z.tuple([z.number(), z.number(), z.number()]),
      /** The range of pixel values before the mean is subtracted. */
      range: z.literal('0..255'),
      /** The longer side of the picture the network sees, in pixels, where it is fixed. */
      workingSize: z.int().positive().optional(),
    }),
    groups: z.array(groupSchema).min(1),
    licence: text,
    attribution: text,
    provenance: z.object({
      source: text,
      sourceSha256: sha256.optional(),
      tool: text,
      date: z.iso.date().optional(),
    }),
    /** How a trained model came to be: data, recipe, seed, commit, and its measured quality. */
    training: z
      .object({
        data: z.array(z.unknown()),
        recipe: json,
        seed: z.int(),
        commit: z.string().optional(),
        metrics: json.optional(),
      })
      .optional(),
  })
  .refine(
    ({ groups }) => {
      const names = groups.flatMap((group) => group.weights.map((weight) => weight.name));
      return new Set(names).size === names.length;
    },
    { error: 'a weight is listed twice', path: ['groups'] },
  );

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestGroup = z.infer<typeof groupSchema>;
export type ManifestShard = z.infer<typeof shardSchema>;
export type ManifestWeight = z.infer<typeof weightSchema>;
/** What the writer is told; it adds the format version and the groups itself. */
export type ManifestFacts = Omit<Manifest, 'formatVersion' | 'groups'>;

/**
 * Checks that parsed JSON is a manifest.
 * @param label what to call the file in the error
 * @throws ModelError ('invalid') that names the first field that is wrong and how
 */
export function parseManifest(value: unknown, label = 'manifest.json'): Manifest {
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = z.core.toDotPath(issue?.path ?? []);
  throw new ModelError(
    'invalid',
    `${label} is not a model manifest: ${field && `${field}: `}${issue?.message}; make the model again with "loupe convert" or "loupe train".`,
    label,
  );
}

/** The number of values of a tensor of that shape; 1 for a scalar. */
export function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The bytes a weight takes in its shards. */
export function storedBytes({ shape, dtype }: Pick<ManifestWeight, 'shape' | 'dtype'>): number {
  const count = valueCount(shape);
  if (dtype === 'int8') return int8Bytes(count, channelsOf(shape));
  return count * (dtype === 'float16' ? 2 : 4);
}

/** The output channels of a kernel, its last axis; 1 for a scalar. */
export function channelsOf(shape: readonly number[]): number {
  return shape.at(-1) ?? 1;
}

/** The bytes of all shards of a model: what a first visit downloads. */
export function modelBytes(manifest: Pick<Manifest, 'groups'>): number {
  return sum(manifest.groups.flatMap((group) => group.shards.map((shard) => shard.bytes)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
