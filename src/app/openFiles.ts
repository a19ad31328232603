/**
 * From what was dropped, pasted or picked to an open photo, or to a model in use. Of photos the first
 * one is taken, and whoever brought several is told so; a folder, or files with a manifest among
 * them, are taken for a model. Whether they really are is the worker's to say.
 */

import type { LabStore } from './lab/labStore.ts';
import { droppedFiles, ownModel, pickedFiles } from './models.ts';
import type { LoupeStore } from './store/loupeStore.ts';

/** Files as the browser's dialog or the clipboard gives them. */
export function openFiles(loupe: LoupeStore, files: FileList | null | undefined): void {
  const file = files?.[0];
  if (!file) return;
  const { openPhoto, report } = loupe.getState();
  openPhoto(file, file.name || 'Pasted photo');
  if (files.length > 1) {
    report(`Loupe looks at one photo at a time: of ${files.length} files it opened ${file.name}.`);
  }
}

/** The files of a folder that was picked as a model. */
export function openModelFiles(loupe: LoupeStore, files: FileList | null | undefined): void {
  if (!files?.length) return;
  const picked = pickedFiles(files);
  const folder = picked[0]?.path.split('/').slice(0, -1)[0];
  loupe.getState().openModel(ownModel(picked), folder ?? 'Your model');
}

/** Annotation files and folders, with the pictures that came along, as data for the Anchors page. */
export function openAnnotations(lab: LabStore, files: FileList | null | undefined): void {
  if (files?.length) lab.getState().openFiles(pickedFiles(files));
}

/**
 * Annotations that were dropped on the Anchors page. What is no annotation is left to others.
 * @returns whether there were any
 */
export function openDroppedAnnotations(
  { lab, loupe }: { readonly lab: LabStore; readonly loupe: LoupeStore },
  transfer: DataTransfer | null,
): boolean {
  const files = Array.from(transfer?.files ?? []);
  const isPhoto = files.every(({ type }) => type.startsWith('image/'));
  const isModel = files.some(({ name }) => name === 'manifest.json');
  if (!transfer || files.length === 0 || isPhoto || isModel) return false;
  const entries = entriesOf(transfer);
  const folder = entries.find((entry) => entry.isDirectory);
  if (folder) {
    droppedFiles(entries).then(lab.getState().openFiles, () =>
      loupe.getState().report(`The folder ${folder.name} has too many files; drop a zip of it.`),
    );
  } else {
    openAnnotations(lab, transfer.files);
  }
  return true;
}

/** Entries must be asked for at once: the list is empty once the event is over. */
const entriesOf = (transfer: DataTransfer): FileSystemEntry[] =>
  Array.from(transfer.items, (item) => item.webkitGetAsEntry?.() ?? null).filter(
    (entry) => entry !== null,
  );

/** Whatever was dropped on the page. */
export function openDropped(loupe: LoupeStore, transfer: DataTransfer | null): void {
  if (!transfer) return;
  const entries = entriesOf(transfer);
  const folder = entries.find((entry) => entry.isDirectory);
  if (folder) return void openFolder(loupe, folder.name, entries);
  const isModel = Array.from(transfer.files).some(({ name }) => name === 'manifest.json');
  if (isModel) openModelFiles(loupe, transfer.files);
  else openFiles(loupe, transfer.files);
}

async function openFolder(
  loupe: LoupeStore,
  name: string,
  entries: readonly FileSystemEntry[],
): Promise<void> {
  const { openModel, report } = loupe.getState();
  try {
    openModel(ownModel(await droppedFiles(entries)), name);
  } catch (error) {
    const known = error instanceof Error && !(error instanceof DOMException);
    report(known ? error.message : `The folder ${name} cannot be read; drop it again.`);
  }
}
