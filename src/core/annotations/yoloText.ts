/**
 * Boxes of YOLO label files: one text file a picture, a line an object, "class x y width height" in
 * shares of the picture (centre and size), or "class x1 y1 x2 y2 ..." for an outline. The pictures'
 * sizes stand elsewhere and have to be brought along, or one size is taken for all.
 */
import { AnnotationError } from './annotationError.ts';
import { BoxCollector, type BoxSet } from './boxSet.ts';
import { type AnnotationFile, type PictureSize, stemOf } from './files.ts';

/** Labels made by a network may end a little beyond 1; pixels are far beyond. */
const LARGEST_SHARE = 2;

/**
 * @param files one a picture
 * @param sizeOf the size of a picture in pixels, by its label file's name without folder and ending
 * @param name what to call the files together in sentences
 * @throws AnnotationError that names file and line, or the picture whose size is not known
 */
export function yoloBoxes(
  files: readonly AnnotationFile[],
  sizeOf: (stem: string) => PictureSize | undefined,
  name: string,
): BoxSet {
  const collector = new BoxCollector();
  for (const { name: file, text } of files) {
    const stem = stemOf(file);
    const size = sizeOf(stem);
    if (!size) {
      throw new AnnotationError(
        `${file} is in shares of its picture, whose size is not known; bring the picture ${stem} along.`,
      );
    }
    const { width, height } = size;
    const picture = collector.addPicture(width, height);
    text.split('\n').forEach((line, index) => {
      if (line.trim() === '') return;
      const box = shareBox(line.trim().split(/\s+/).map(Number));
      if (!box) {
        throw new AnnotationError(
          `${file}, line ${index + 1}: a YOLO label is "class x y width height" with shares of the picture from 0 to 1, not "${line.trim().slice(0, 60)}".`,
        );
      }
      const [x, y, wide, high] = box;
      collector.add(picture, x * width, y * height, wide * width, high * height);
    });
  }
  return collector.finish(name);
}

/** `[x, y, width, height]`, corner and size, in shares of the picture. */
function shareBox(
  values: readonly number[],
): readonly [x: number, y: number, width: number, height: number] | undefined {
  const [, ...shares] = values;
  if (values.some((value) => !Number.isFinite(value))) return undefined;
  if (shares.some((share) => Math.abs(share) > LARGEST_SHARE)) return undefined;
  // A sixth value is a score.
  if (shares.length === 4 || shares.length === 5) {
    const [x = 0, y = 0, width = 0, height = 0] = shares;
    return [x - width / 2, y - height / 2, width, height];
  }
  if (shares.length < 6 || shares.length % 2 !== 0) return undefined;
  const along = (axis: number) => shares.filter((_, index) => index % 2 === axis);
  const [xs, ys] = [along(0), along(1)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
}
