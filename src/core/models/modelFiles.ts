/**
 * Turns a network's weights into the files of a model folder: float16 shards named after their content, the manifest, and
 * model.json. Everything follows from what is passed in, so that the same weights give the same bytes; writing them to
 * the disk is the command line's part.
 */
import { toFloat16 } from './float16.ts';
import { sha256Hex } from './integrity.ts';
import { type LayerDescription, layersModelJson, weightShapes } from './layersModel.ts';
import {
  MAX_SHARD_BYTES,
  type Manifest,
  type ManifestFacts,
  type ManifestGroup,
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
  /** How the values are stored; float16 unless told. */
  readonly dtype?: StoredDtype;
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

/**
 * Makes the files of a model folder, apart from writing them.
 * @throws ModelError ('invalid') when a weight is missing, has another shape than its layer, does not fit float16, or
 *   belongs to no group or to two
 */
export function makeModelFiles({ layers, weights, groups, manifest: facts }: ModelDescription): {
  readonly manifest: Manifest;
  readonly modelJson: object;
  readonly shards: ModelFile[];
} {
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
  return { manifest, modelJson: layersModelJson(facts.name, layers, written), shards };
}

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
  { name, layers, dtype = 'float16' }: NewGroup,
  shapes: ReadonlyMap<string, readonly number[]>,
  weights: ReadonlyMap<string, WeightData>,
): { group: ManifestGroup; shards: ModelFile[] } {
  const names = [...shapes.keys()].filter((weight) =>
    layers.includes(weight.slice(0, weight.lastIndexOf('/'))),
  );
  const parts = names.map((weight) => {
    const data = requireData(weight, shapes.get(weight) ?? [], weights);
    return encode(weight, data, dtype);
  });
  const shards = cut(concatenate(parts)).map((bytes, index) => {
    const sha256 = sha256Hex(bytes);
    // The content's hash in the name: a shard never changes, so it may be cached for ever.
    return { path: `${name}.${index}-${sha256.slice(0, 10)}.bin`, bytes, sha256 };
  });
  const group = {
    name,
    weights: names.map((weight) => ({
      name: weight,
      shape: [...(shapes.get(weight) ?? [])],
      dtype,
    })),
    shards: shards.map(({ path, bytes, sha256 }) => ({ path, bytes: bytes.length, sha256 })),
  };
  return { group, shards: shards.map(({ path, bytes }) => ({ path, bytes })) };
}

function requireData(
  name: string,
  shape: readonly number[],
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

function encode(name: string, data: Float32Array, dtype: StoredDtype): Uint8Array {
  const stored = dtype === 'float16' ? toFloat16(data) : data;
  const broken =
    dtype === 'float16'
      ? stored.some((half: number) => (half & 0x7c00) === 0x7c00)
      : stored.some((value: number) => !Number.isFinite(value));
  if (broken) {
    throw new ModelError(
      'invalid',
      `The tensor "${name}" holds values that are not finite, or too large for ${dtype}.`,
    );
  }
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
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
