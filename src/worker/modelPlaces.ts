/**
 * Where a model's files come from: a folder that the app serves, or files of a visitor's own, dropped
 * or picked, which are read where they lie and are never sent anywhere. A model of one's own may share
 * shards with a model beside it, as `loupe train detector` writes it ("../vgg16/…"): those come from
 * the visitor's files where they are among them, else from the models that the app serves.
 */
import {
  type ModelSource,
  readManifest,
  type ShardCache,
  type ShardResponse,
} from '../core/models/loader.ts';
import { ModelError } from '../core/models/modelError.ts';
import { createHttpSource } from '../engine/httpSource.ts';

/** A visitor's file and its path below what was dropped or picked, with slashes. */
export interface OwnFile {
  readonly path: string;
  readonly file: Blob;
}

export type ModelPlace =
  /** Absolute URL of any file in a served model's folder. */
  | { readonly url: string }
  /** A visitor's files; `served` is the URL of a served model's file, beside which shared shards lie. */
  | { readonly files: readonly OwnFile[]; readonly served: string };

export interface OpenedPlace {
  readonly source: ModelSource;
  readonly cache: ShardCache | undefined;
}

const MANIFEST = 'manifest.json';

/**
 * Makes a place readable for core's loader.
 *
 * @param cache keeps what was downloaded; a visitor's own files neither go in nor come out of it
 * @throws ModelError with one sentence where a visitor's files hold no model, or several
 */
export async function openPlace(
  place: ModelPlace,
  cache: ShardCache | undefined,
): Promise<OpenedPlace> {
  if ('url' in place) return { source: createHttpSource(place.url), cache };
  const files = new Map(place.files.map(({ path, file }) => [path, file]));
  const source = ownSource(files, await modelFolder(files), createHttpSource(place.served));
  const manifest = await readManifest(source);
  const shards = manifest.groups.flatMap((group) => group.shards);
  const shared = shards.filter(({ path }) => path.startsWith('../')).map(({ sha256 }) => sha256);
  return { source, cache: cache && onlyFor(new Set(shared), cache) };
}

/** The folder (with its slash, '' for none) whose manifest is the model's. */
async function modelFolder(files: ReadonlyMap<string, Blob>): Promise<string> {
  const folders = [...files.keys()]
    .filter((path) => path === MANIFEST || path.endsWith(`/${MANIFEST}`))
    .map((path) => path.slice(0, -MANIFEST.length));
  if (folders.length === 0) {
    const message = `There is no ${MANIFEST} in this folder; choose one that "loupe train detector" wrote.`;
    throw new ModelError('missing', message, MANIFEST);
  }
  if (folders.length === 1) return folders[0] as string;
  // A folder of models: with the trunk that it shares shards with, a detector is still one model.
  const kinds = await Promise.all(
    folders.map(async (folder) => kindOf(files.get(folder + MANIFEST) as Blob)),
  );
  const detectors = folders.filter((_, index) => kinds[index] === 'detector');
  if (detectors.length === 1) return detectors[0] as string;
  const message = `This folder holds ${detectors.length || 'no'} detectors; choose the folder of one.`;
  throw new ModelError('invalid', message);
}

async function kindOf(manifest: Blob): Promise<unknown> {
  try {
    return (JSON.parse(await manifest.text()) as { kind?: unknown } | null)?.kind;
  } catch {
    return undefined;
  }
}

function ownSource(
  files: ReadonlyMap<string, Blob>,
  folder: string,
  served: ModelSource,
): ModelSource {
  return {
    async read(path, onBytes, options): Promise<ShardResponse> {
      const shared = path.startsWith('../');
      const file = files.get(
        shared ? folder.replace(/[^/]+\/$/, '') + path.slice(3) : folder + path,
      );
      if (file) {
        const bytes = await bytesOf(file, path);
        onBytes?.(bytes.length);
        return { bytes };
      }
      if (!shared) {
        const message = `The model's file ${path} is not in the folder; choose the whole folder again.`;
        throw new ModelError('missing', message, path);
      }
      try {
        return await served.read(path, onBytes, options);
      } catch (error) {
        if (!(error instanceof ModelError) || error.fault !== 'missing') throw error;
        const message = `The model shares ${path}, which is not served here; choose the folder that holds both models.`;
        throw new ModelError('missing', message, path);
      }
    },
  };
}

async function bytesOf(file: Blob, path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    const message = `The model's file ${path} cannot be read any more; choose the folder again.`;
    throw new ModelError('missing', message, path);
  }
}

/** A cache that knows these shards alone. */
function onlyFor(keys: ReadonlySet<string>, cache: ShardCache): ShardCache {
  return {
    get: async (key) => (keys.has(key) ? cache.get(key) : undefined),
    put: async (key, bytes) => (keys.has(key) ? cache.put(key, bytes) : undefined),
    delete: async (key) => (keys.has(key) ? cache.delete(key) : undefined),
  };
}
