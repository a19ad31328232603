/**
 * Turns a network's weights into the files of a model folder: shards of float16 or eight bits named after their content,
 * the manifest, and model.json. Everything follows from what is passed in, so that the same weights give the same bytes; writing them to
 * the disk is the command line's part.
 */
import { toFloat16 } from './float16.ts';
import { toInt8 } from './int8.ts';
import { sha256Hex } from './integrity.ts';
import { type LayerDescription, layersModelJson, weightShapes } from './layersModel.ts';
import {
  channelsOf,
  MAX_SHARD_BYTES,
  type Manifest,
  type ManifestFacts,
  type ManifestGroup,
  type ManifestWeight,
  manifestSchema,
  type StoredDtype,
} from './manifest.ts';
import { ModelError } from './modelError.ts';

/** Numbers with their shape, row-major. */
export interface WeightData {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights to store together: those of the named layers, in the order of the network. */
export interface NewGroup {
  readonly name: string;
  readonly layers: readonly string[];
  /** How the values are stored; float16 unless told. Of int8 the kernels are, and biases stay float16. */
  readonly dtype?: StoredDtype;
  /** SHA-256 of the shards that the values were quantized from. */
  readonly quantizedFrom?: readonly string[];
}

/** Weights that a model's folder already holds, such as "../vgg16"; empty: the new model's own. */
export interface SharedGroup {
  readonly folder: string;
  readonly group: ManifestGroup;
}

export interface ModelDescription {
  readonly layers: readonly LayerDescription[];
  /** By name; those of shared groups are not looked at, and others are not written. */
  readonly weights: ReadonlyMap<string, WeightData>;
  readonly groups: readonly (NewGroup | SharedGroup)[];
  readonly manifest: ManifestFacts;
}

export interface ModelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ModelFiles {
  readonly manifest: Manifest;
  /** null where tf.loadLayersModel could not read the shards, which knows no scale for each channel */
  readonly modelJson: object | null;
  readonly shards: readonly ModelFile[];
}

/**
 * Makes the files of a model folder, apart from writing them.
 * @throws ModelError ('invalid') when a weight is missing, has another shape than its layer, does not fit float16, or
 *   belongs to no group or to two
 */
export function makeModelFiles({
  layers,
  weights,
  groups,
  manifest: facts,
}: ModelDescription): ModelFiles {
  const shapes = weightShapes(layers);
  const shards: ModelFile[] = [];
  const written = groups.map((group): ManifestGroup => {
    if ('folder' in group) return shareGroup(group);
    const stored = storeGroup(group, shapes, weights);
    shards.push(...stored.shards);
    return stored.group;
  });
  checkAgainstLayers(shapes, written);
  const manifest = manifestSchema.parse({ formatVersion: 1, ...facts, groups: written });
  const isQuantized = written.some(({ weights: all }) => all.some(({ dtype }) => dtype === 'int8'));
  const modelJson = isQuantized ? null : layersModelJson(facts.name, layers, written);
  return { manifest, modelJson, shards };
}

/**
 * Makes the files of the same model in eight bits a weight (int8.ts). Groups that it shared with another model become its
 * own, and each says what it was quantized from.
 *
 * @param weights all weights of the model, as they were loaded
 * @throws ModelError ('invalid') when a weight is missing or not finite
 */
export function quantizedFiles(
  manifest: Manifest,
  weights: ReadonlyMap<string, WeightData>,
): ModelFiles {
  const stored = manifest.groups.map(({ name, weights: all, shards, quantizedFrom }) =>
    storeGroup(
      {
        name,
        layers: [...new Set(all.map((weight) => layerOf(weight.name)))],
        dtype: 'int8',
        quantizedFrom: quantizedFrom ?? shards.map(({ sha256 }) => sha256),
      },
      new Map(all.map((weight) => [weight.name, weight.shape])),
      weights,
    ),
  );
  return {
    manifest: manifestSchema.parse({ ...manifest, groups: stored.map(({ group }) => group) }),
    modelJson: null,
    shards: stored.flatMap(({ shards }) => shards),
  };
}

/** 'conv1_1' of 'conv1_1/kernel' */
const layerOf = (weight: string): string => weight.slice(0, weight.lastIndexOf('/'));

function shareGroup({ folder, group }: SharedGroup): ManifestGroup {
  return {
    ...group,
    // What that folder shares itself, from "../name", lies beside ours just as it lies beside it.
    shards: group.shards.map((shard) => ({
      ...shard,
      path: folder === '' || shard.path.startsWith('../') ? shard.path : `${folder}/${shard.path}`,
    })),
  };
}

function storeGroup(
  { name, layers, dtype = 'float16', quantizedFrom }: NewGroup,
  shapes: ReadonlyMap<string, readonly number[]>,
  weights: ReadonlyMap<string, WeightData>,
): { group: ManifestGroup; shards: ModelFile[] } {
  const names = [...shapes.keys()].filter((weight) => layers.includes(layerOf(weight)));
  const stored = names.map((weight) => {
    const shape = [...(shapes.get(weight) ?? [])];
    return {
      ...{ name: weight, shape },
      dtype: dtype === 'int8' && shape.length < 2 ? ('float16' as const) : dtype,
    };
  });
  const parts = stored.map((weight) => encode(weight, requireData(weight, weights)));
  const shards = cut(concatenate(parts)).map((bytes, index) => {
    const sha256 = sha256Hex(bytes);
    // The content's hash in the name: a shard never changes, so it may be cached for ever.
    return { path: `${name}.${index}-${sha256.slice(0, 10)}.bin`, bytes, sha256 };
  });
  const group = {
    name,
    weights: stored,
    shards: shards.map(({ path, bytes, sha256 }) => ({ path, bytes: bytes.length, sha256 })),
    ...(quantizedFrom && { quantizedFrom: [...quantizedFrom] }),
  };
  return { group, shards: shards.map(({ path, bytes }) => ({ path, bytes })) };
}

function requireData(
  { name, shape }: ManifestWeight,
  weights: ReadonlyMap<string, WeightData>,
): Float32Array {
  const weight = weights.get(name);
  if (!weight) throw new ModelError('invalid', `The weights lack a tensor named "${name}".`);
  if (weight.shape.join() !== shape.join()) {
    throw new ModelError(
      'invalid',
      `The tensor "${name}" has the shape [${weight.shape.join(', ')}]; this network needs [${shape.join(', ')}].`,
    );
  }
  return weight.data;
}

function encode({ name, shape, dtype }: ManifestWeight, data: Float32Array): Uint8Array {
  const halves = dtype === 'float16' ? toFloat16(data) : undefined;
  const isBroken = halves
    ? halves.some((half) => (half & 0x7c00) === 0x7c00)
    : data.some((value) => !Number.isFinite(value));
  if (isBroken) {
    throw new ModelError(
      'invalid',
      `The tensor "${name}" holds values that are not finite, or too large for ${dtype}.`,
    );
  }
  if (dtype === 'int8') return toInt8(data, channelsOf(shape));
  const { buffer, byteOffset, byteLength } = halves ?? data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function cut(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let begin = 0; begin < bytes.length; begin += MAX_SHARD_BYTES) {
    pieces.push(bytes.subarray(begin, begin + MAX_SHARD_BYTES));
  }
  return pieces;
}

function checkAgainstLayers(
  shapes: ReadonlyMap<string, readonly number[]>,
  groups: readonly ManifestGroup[],
): void {
  const stored = groups.flatMap((group) => group.weights);
  for (const [name, shape] of shapes) {
    const found = stored.filter((weight) => weight.name === name);
    if (found.length !== 1) {
      const where = found.length === 0 ? 'no weight group' : 'more than one weight group';
      throw new ModelError('invalid', `The weight "${name}" of the network is in ${where}.`);
    }
    if (found[0]?.shape.join() !== shape.join()) {
      throw new ModelError('invalid', `The shared weight "${name}" does not fit this network.`);
    }
  }
  const stray = stored.find((weight) => !shapes.has(weight.name));
  if (stray) throw new ModelError('invalid', `The network has no weight "${stray.name}".`);
}
