/**
 * The box coder: how a network that sees features speaks about boxes.
 *
 * Faster R-CNN (Ren et al. 2015, eq. 2) does not predict coordinates but four deltas relative to
 * a reference box (an anchor for the RPN, a proposal for the RoI heads): the shift of the centre
 * in units of the reference's size, and the logarithm of the change in size. As torchvision's
 * `BoxCoder`, with a weight per delta so that all four have about unit variance in the loss.
 */
import type { Boxes } from './box.ts';

/** No proposal grows by more than this factor in one step; keeps `exp` finite (torchvision). */
export const MAX_LOG_SCALE = Math.log(1000 / 16);

export type DeltaWeights = readonly [dx: number, dy: number, dw: number, dh: number];

export class BoxCoder {
  /** @param weights multiply the deltas; (1, 1, 1, 1) in the RPN, (10, 10, 5, 5) in the RoI heads */
  constructor(readonly weights: DeltaWeights) {}

  /**
   * Deltas that turn each reference box into its target.
   *
   * @param targets `[count * 4]` boxes
   * @param references `[count * 4]` boxes with positive width and height
   * @returns `[count * 4]` deltas (dx, dy, dw, dh)
   */
  encode(targets: Boxes, references: Boxes): Float32Array {
    const [wx, wy, ww, wh] = this.weights;
    const deltas = new Float32Array(references.length);
    for (let at = 0; at < references.length; at += 4) {
      const x1 = references[at] as number;
      const y1 = references[at + 1] as number;
      const width = (references[at + 2] as number) - x1;
      const height = (references[at + 3] as number) - y1;
      const tx1 = targets[at] as number;
      const ty1 = targets[at + 1] as number;
      const tWidth = (targets[at + 2] as number) - tx1;
      const tHeight = (targets[at + 3] as number) - ty1;
      deltas[at] = (wx * (tx1 + tWidth / 2 - x1 - width / 2)) / width;
      deltas[at + 1] = (wy * (ty1 + tHeight / 2 - y1 - height / 2)) / height;
      deltas[at + 2] = ww * Math.log(tWidth / width);
      deltas[at + 3] = wh * Math.log(tHeight / height);
    }
    return deltas;
  }

  /**
   * The boxes that deltas describe: the inverse of `encode`.
   *
   * @param deltas `[count * 4]`
   * @param references `[count * 4]` boxes
   * @param limit clips the boxes to a picture of this size
   */
  decode(
    deltas: Float32Array,
    references: Boxes,
    limit?: { readonly width: number; readonly height: number },
  ): Boxes {
    const [wx, wy, ww, wh] = this.weights;
    const boxes = new Float32Array(references.length);
    const right = limit?.width ?? Number.POSITIVE_INFINITY;
    const bottom = limit?.height ?? Number.POSITIVE_INFINITY;
    const left = limit ? 0 : Number.NEGATIVE_INFINITY;
    for (let at = 0; at < references.length; at += 4) {
      const x1 = references[at] as number;
      const y1 = references[at + 1] as number;
      const width = (references[at + 2] as number) - x1;
      const height = (references[at + 3] as number) - y1;
      const centreX = x1 + width / 2 + ((deltas[at] as number) / wx) * width;
      const centreY = y1 + height / 2 + ((deltas[at + 1] as number) / wy) * height;
      const newWidth = width * Math.exp(Math.min((deltas[at + 2] as number) / ww, MAX_LOG_SCALE));
      const newHeight = height * Math.exp(Math.min((deltas[at + 3] as number) / wh, MAX_LOG_SCALE));
      boxes[at] = Math.min(Math.max(centreX - newWidth / 2, left), right);
      boxes[at + 1] = Math.min(Math.max(centreY - newHeight / 2, left), bottom);
      boxes[at + 2] = Math.min(Math.max(centreX + newWidth / 2, left), right);
      boxes[at + 3] = Math.min(Math.max(centreY + newHeight / 2, left), bottom);
    }
    return boxes;
  }
}
