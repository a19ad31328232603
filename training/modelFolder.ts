/**
 * Writes a model folder to the disk: the shards first, the manifest last, so that a reader never finds a manifest whose
 * shards are not there yet. Shards of an earlier model in the same folder that the new one does not use are removed; other
 * files are left alone.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, type ManifestGroup, parseManifest } from '../src/core/models/manifest.ts';
import {
  type ModelDescription,
  type ModelFiles,
  makeModelFiles,
  type NewGroup,
} from '../src/core/models/modelFiles.ts';
import { UserError } from './console.ts';

/** How makeModelFiles names shards: group, number, the start of the content's hash. */
const SHARD_NAME = /^[\w-]+\.\d+-[0-9a-f]{10}\.bin$/;

/** A group of another model to refer to instead of storing it again, such as conv1-4 of "../vgg16". */
export interface SharedGroupName {
  /** relative to the model's; empty for a group that the folder has already and keeps */
  readonly folder: string;
  readonly name: string;
}

export interface ModelToWrite extends Omit<ModelDescription, 'groups'> {
  readonly groups: readonly (NewGroup | SharedGroupName)[];
}

/**
 * Writes model.json (where the weights are stored so that tf.loadLayersModel knows how), manifest.json and the shards of a
 * model.
 * @param folder such as "public/models/household"; made when it is not there
 * @returns the manifest
 * @throws ModelError when the weights do not fit the layers, UserError when a shared group does not exist
 */
export function writeModel(folder: string, model: ModelToWrite): Manifest {
  const groups = model.groups.map((group) =>
    'folder' in group
      ? { folder: group.folder, group: sharedGroup(join(folder, group.folder), group.name) }
      : group,
  );
  const files = makeModelFiles({ ...model, groups });
  writeModelFiles(folder, files);
  return files.manifest;
}

/** Writes the files of a model, and removes the shards of the one that was in the folder before. */
export function writeModelFiles(folder: string, { manifest, modelJson, shards }: ModelFiles): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, bytes } of shards) replaceFile(join(folder, path), bytes);
  const layersModel = join(folder, 'model.json');
  if (modelJson) replaceFile(layersModel, `${JSON.stringify(modelJson, null, 1)}\n`);
  else rmSync(layersModel, { force: true });
  replaceFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  const current = new Set(manifest.groups.flatMap((group) => group.shards.map(({ path }) => path)));
  for (const file of readdirSync(folder)) {
    if (SHARD_NAME.test(file) && !current.has(file)) rmSync(join(folder, file));
  }
}

/**
 * The manifest of a model folder.
 * @throws UserError when there is none, ModelError when it is not a manifest
 */
export function readFolderManifest(folder: string): Manifest {
  const file = join(folder, 'manifest.json');
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UserError(`${file} cannot be read; make that model first with "loupe convert".`);
  }
  return parseManifest(value, file);
}

function sharedGroup(folder: string, name: string): ManifestGroup {
  const group = readFolderManifest(folder).groups.find((candidate) => candidate.name === name);
  if (!group) throw new UserError(`The model in ${folder} has no weight group named "${name}".`);
  return group;
}

function replaceFile(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
