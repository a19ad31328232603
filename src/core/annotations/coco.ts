/**
 * Boxes of a COCO ground truth. The file itself is checked in evaluation/cocoJson.ts, entry by entry;
 * here its boxes are laid beside the sizes of their pictures.
 */
import { type CocoGroundTruth, hasSize } from '../evaluation/cocoJson.ts';
import { AnnotationError } from './annotationError.ts';
import { BoxCollector, type BoxSet } from './boxSet.ts';

/**
 * The objects of a ground truth; crowds are left out, and boxes that are none are counted.
 *
 * @param name what to call the file in sentences
 * @throws AnnotationError when a picture has no size or there is no box
 */
export function cocoBoxes({ images, annotations }: CocoGroundTruth, name: string): BoxSet {
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
  for (const { image_id, bbox, iscrowd } of annotations) {
    const picture = indexOf.get(image_id);
    if (picture === undefined) collector.skip('unlisted');
    else if (iscrowd) collector.skip('crowds');
    else collector.add(picture, ...bbox);
  }
  return collector.finish(name);
}
