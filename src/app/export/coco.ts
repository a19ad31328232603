/**
 * Detections as a COCO document: one image, the classes, and an annotation with a score for each
 * detection. Complete on its own, so that pycocotools and annotation tools open it as it is.
 */
import { area, toXywh } from '../../core/boxes/box.ts';
import type { Detection } from '../../core/detection/types.ts';
import type { ModelSummary } from '../../worker/protocol.ts';

interface Named {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

const hundredth = (value: number) => Math.round(value * 100) / 100;

/**
 * @param photo the picture, its size in pixels
 * @param detections what to write, in the order to write it
 * @param model names the category ids; without it a class's label serves as its id
 */
export function toCoco(photo: Named, detections: readonly Detection[], model: ModelSummary | null) {
  const idOf = ({ className, label }: Detection) =>
    model?.classes.find(({ name }) => name === className)?.id ?? label;
  const used = new Map(detections.map((one) => [idOf(one), one.className]));
  const categories =
    model?.classes.filter(({ shown }) => shown).map(({ id, name }) => ({ id, name })) ??
    [...used].map(([id, name]) => ({ id, name }));
  return {
    info: { description: `Detections of Loupe${model ? `, model ${model.name}` : ''}` },
    images: [{ id: 1, file_name: photo.name, width: photo.width, height: photo.height }],
    categories,
    annotations: detections.map((detection, index) => ({
      id: index + 1,
      image_id: 1,
      category_id: idOf(detection),
      bbox: toXywh(detection.box).map(hundredth),
      area: hundredth(area(detection.box)),
      score: Math.round(detection.score * 1e5) / 1e5,
      iscrowd: 0,
    })),
  };
}
