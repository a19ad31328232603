/**
 * Models as the page gets at them: the list of those that the app serves, from
 * `public/models/index.json`, and a visitor's own as files that were dropped or picked.
 */
import { DEFAULT_MODEL, type ModelPlace, type OwnFile, servedModel } from '../worker/protocol.ts';
import type { ServedModels } from './store/modelActions.ts';

/** The names in `models/index.json` beside the page. Throws where it cannot be had. */
export const loadServedModels: ServedModels = async () => {
  const response = await fetch(`${import.meta.env.BASE_URL}models/index.json`);
  if (!response.ok) throw new Error(`The list of models answered ${response.status}.`);
  const names = (await response.json()) as string[];
  return names.map((id) => ({ id, place: servedModel(id) }));
};

/** A visitor's files as a model's place; shards that it shares lie beside the served models'. */
export function ownModel(files: readonly OwnFile[]): ModelPlace {
  return { files, served: servedModel(DEFAULT_MODEL).url };
}

/** What was picked through a folder dialog, with its paths. */
export function pickedFiles(list: FileList): OwnFile[] {
  return Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** A model has a handful of files; a folder of more than this was dropped by mistake. */
const MOST_FILES = 500;
/** The dropped folder, and in it the folders of models. */
const DEPTH = 2;

/**
 * The files in and below what was dropped, with their paths.
 * @throws Error with one sentence where there are far too many
 */
export async function droppedFiles(entries: readonly FileSystemEntry[]): Promise<OwnFile[]> {
  const files: OwnFile[] = [];
  const visit = async (entry: FileSystemEntry, depth: number): Promise<void> => {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      files.push({ path: entry.fullPath.replace(/^\//, ''), file });
      if (files.length > MOST_FILES) {
        throw new Error('This folder holds too many files to be a model; drop the model alone.');
      }
    } else if (depth > 0) {
      for (const child of await children(entry as FileSystemDirectoryEntry)) {
        await visit(child, depth - 1);
      }
    }
  };
  for (const entry of entries) await visit(entry, DEPTH);
  return files;
}

async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // Browsers hand out a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
