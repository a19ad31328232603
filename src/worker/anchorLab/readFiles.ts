/**
 * From files on a visitor's disk to boxes, with progress by the byte: a JSON of hundreds of megabytes
 * is read in pieces, so that one sees it come. What the files are and what is wrong with them is for
 * the core's readers to say.
 */
import { AnnotationError } from '../../core/annotations/annotationError.ts';
import { type AnnotationFile, baseOf, type PictureSize } from '../../core/annotations/files.ts';
import { type ReadBoxes, readBoxes, readZippedBoxes } from '../../core/annotations/readBoxes.ts';
import { readImageHeader } from '../../core/images/header.ts';
import type { OwnFile } from '../modelPlaces.ts';
import type { OpenProgress } from './protocol.ts';

/** No string of a browser is longer than about 512 MB. */
const MOST_MEGABYTES = 500;
/** A picture's size stands at its beginning. */
const HEADER_BYTES = 65_536;

/**
 * Reads annotations, and the sizes of pictures that came along, which YOLO labels need.
 *
 * @throws AnnotationError, one plain sentence
 */
export async function readFiles(
  files: readonly OwnFile[],
  report: (progress: OpenProgress) => void,
): Promise<ReadBoxes> {
  const pictures = files.filter(({ file }) => file.type.startsWith('image/'));
  const texts = files.filter((one) => !pictures.includes(one));
  const total = texts.reduce((sum, { file }) => sum + file.size, 0);
  const name = baseOf(texts[0]?.path ?? 'The drop');
  if (total > MOST_MEGABYTES * 1e6) {
    throw new AnnotationError(
      `${name} is larger than ${MOST_MEGABYTES} MB, which a browser cannot read; choose a part of the annotations.`,
    );
  }
  const pictureSizes = await sizesOf(pictures);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    report({ fraction: total > 0 ? done / total : 1, message: `Reading ${name}` });
  };
  const understanding = () => report({ fraction: 1, message: `Understanding ${name}` });
  const [first] = texts;
  if (texts.length === 1 && first && (await isZip(first.file))) {
    const bytes = new Uint8Array(await first.file.arrayBuffer());
    understanding();
    return readZippedBoxes(bytes, name, { pictureSizes });
  }
  const read: AnnotationFile[] = [];
  for (const { path, file } of texts) {
    if (await isZip(file)) {
      throw new AnnotationError(`${path} is a zip among other files; drop it alone.`);
    }
    read.push({ name: path, text: await textOf(file, path, onBytes) });
  }
  understanding();
  return readBoxes(read, { pictureSizes });
}

async function textOf(file: Blob, name: string, onBytes: (bytes: number) => void): Promise<string> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  for (const reader = file.stream().getReader(); ; ) {
    const { value, done } = await reader.read().catch(() => {
      throw new AnnotationError(`${name} cannot be read; choose it again.`);
    });
    if (done) break;
    pieces.push(decoder.decode(value, { stream: true }));
    onBytes(value.length);
  }
  return pieces.join('') + decoder.decode();
}

/** "PK", with which every zip begins. */
async function isZip(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return start[0] === 0x50 && start[1] === 0x4b;
}

async function sizesOf(pictures: readonly OwnFile[]): Promise<Map<string, PictureSize>> {
  const sizes = new Map<string, PictureSize>();
  for (const { path, file } of pictures) {
    const start = await file.slice(0, HEADER_BYTES).arrayBuffer();
    const { width, height } = readImageHeader(new Uint8Array(start)) ?? {};
    if (width && height) sizes.set(path, { width, height });
  }
  return sizes;
}
