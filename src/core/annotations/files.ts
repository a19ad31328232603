/**
 * Annotation files as they come from a folder, a drop or a zip: a name and what is in them.
 */

export interface AnnotationFile {
  /** with folders, as the person who brought it knows it */
  readonly name: string;
  readonly text: string;
}

/** Pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** "labels/kitchen.txt" is "kitchen": what a picture and its annotations have in common. */
export const stemOf = (name: string): string => baseOf(name).replace(/\.[^.]*$/, '');

/** The file's own name, without folders. */
export const baseOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** The ending in small letters, without its dot. */
export const endingOf = (name: string): string =>
  /\.([^./]*)$/.exec(name)?.[1]?.toLowerCase() ?? '';
