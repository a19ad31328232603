/**
 * Boxes of a COCO ground truth, laid beside the sizes of their pictures. Unlike evaluation, which has to
 * account for every object, choosing anchors can do without a few: an annotation that is not right is
 * left out and counted, and costs nobody the rest of the file.
 */
import { boxOfEntry, hasSize, parsePictures } from '../evaluation/cocoJson.ts';
import { AnnotationError } from './annotationError.ts';
import { BoxCollector, type BoxSet } from './boxSet.ts';

/**
 * The objects of a ground truth; crowds are left out, and boxes that are none are counted.
 *
 * @param value what JSON.parse gave
 * @param name what to call the file in sentences
 * @throws AnnotationError when it has no "images" and "annotations", a picture has no size or there is
 *   no box
 */
export function cocoBoxes(value: unknown, name: string): BoxSet {
  const { images, entries } = parsePictures(value, name);
  const collector = new BoxCollector();
  const indexOf = new Map<number | string, number>();
  for (const image of images) {
    const { id, width = 0, height = 0 } = image;
    if (!hasSize(image) || typeof width !== 'number' || typeof height !== 'number') {
      throw new AnnotationError(
        `${name}: the picture ${image.file_name ?? `with the id ${id}`} has no "width" and "height", which anchors need; export the annotations with them.`,
      );
    }
    indexOf.set(id, collector.addPicture(width, height));
  }
  for (const entry of entries) {
    const box = boxOfEntry(entry);
    const picture = box && indexOf.get(box.image_id);
    if (!box) collector.skip('broken');
    else if (picture === undefined) collector.skip('unlisted');
    else if (box.iscrowd) collector.skip('crowds');
    else collector.add(picture, ...box.bbox);
  }
  return collector.finish(name);
}
