/**
 * The overlap of a detection with an object, on COCO's `[x, y, width, height]` and in COCO's own
 * order of operations: `boxes/box.ts` computes the same IoU from corners, but the last bit decides
 * at a threshold, and there numbers must equal pycocotools'.
 */
import type { CocoBbox } from './cocoJson.ts';

/** IoU in 0..1; with a crowd's box, the share of the detection that lies inside of it. */
export function overlap(
  [dx, dy, dw, dh]: CocoBbox,
  [gx, gy, gw, gh]: CocoBbox,
  isCrowd: boolean,
): number {
  const width = Math.min(dw + dx, gw + gx) - Math.max(dx, gx);
  const height = Math.min(dh + dy, gh + gy) - Math.max(dy, gy);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (isCrowd ? dw * dh : dw * dh + gw * gh - intersection);
}
