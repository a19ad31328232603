/**
 * From a list of files (dropped, pasted or picked) to an open photo: the first one is taken, and
 * whoever brought several is told so. Whether it is a picture at all is the worker's to say.
 */
import type { LoupeStore } from './store/loupeStore.ts';

export function openFiles(loupe: LoupeStore, files: FileList | null | undefined): void {
  const file = files?.[0];
  if (!file) return;
  const { openPhoto, report } = loupe.getState();
  openPhoto(file, file.name || 'Pasted photo');
  if (files.length > 1) {
    report(`Loupe looks at one photo at a time: of ${files.length} files it opened ${file.name}.`);
  }
}
