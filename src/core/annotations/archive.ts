/**
 * A zip of annotations: their texts, and the sizes of the pictures in it where YOLO labels need them.
 */
import { strFromU8, type UnzipFileInfo, unzipSync } from 'fflate';
import { readImageHeader } from '../images/header.ts';
import { AnnotationError } from './annotationError.ts';
import { type AnnotationFile, endingOf, type PictureSize } from './files.ts';

/** More than this unpacked is not read: a browser's tab has not much more memory. */
const MOST_MEGABYTES = 512;

const TEXTS: ReadonlySet<string> = new Set(['json', 'xml', 'txt']);
const PICTURES: ReadonlySet<string> = new Set(['jpg', 'jpeg', 'png', 'webp', 'bmp', 'gif']);

/**
 * @param name what to call the zip in sentences
 * @throws AnnotationError when it is no zip, is cut or unpacks to more than 512 MB
 */
export function unzipAnnotations(
  bytes: Uint8Array,
  name: string,
): { files: AnnotationFile[]; pictureSizes: Map<string, PictureSize> } {
  const texts = unzip(bytes, name, TEXTS);
  const files = texts.map(([file, content]) => ({ name: file, text: strFromU8(content) }));
  const pictureSizes = new Map<string, PictureSize>();
  if (files.length > 0 && files.every((file) => endingOf(file.name) === 'txt')) {
    for (const [file, content] of unzip(bytes, name, PICTURES)) {
      const { width, height } = readImageHeader(content) ?? {};
      if (width && height) pictureSizes.set(file, { width, height });
    }
  }
  return { files, pictureSizes };
}

function unzip(bytes: Uint8Array, name: string, endings: ReadonlySet<string>) {
  let megabytes = 0;
  const filter = ({ name: file, originalSize }: UnzipFileInfo) => {
    // macOS puts a shadow of every file into a folder of its own.
    if (!endings.has(endingOf(file)) || file.startsWith('__MACOSX/')) return false;
    megabytes += originalSize / 1e6;
    if (megabytes <= MOST_MEGABYTES) return true;
    throw new AnnotationError(
      `${name} unpacks to more than ${MOST_MEGABYTES} MB; make a zip of a part of it, or of the annotations alone.`,
    );
  };
  try {
    return Object.entries(unzipSync(bytes, { filter }));
  } catch (error) {
    if (error instanceof AnnotationError) throw error;
    throw new AnnotationError(`${name} is no zip or is damaged; make or download it again.`);
  }
}
