/**
 * Boxes by where they are: which of thousands touch an area, without looking at each of them. Built once
 * for a list of detections, in pixels of the photo, so that moving the view costs nothing here.
 */
import Flatbush from 'flatbush';
import type { Box } from '../../core/boxes/box.ts';

export class BoxIndex {
  private readonly tree: Flatbush | null;

  constructor(readonly boxes: readonly Box[]) {
    this.tree = boxes.length > 0 ? new Flatbush(boxes.length) : null;
    for (const box of boxes) this.tree?.add(...box);
    this.tree?.finish();
  }

  /** Places among the boxes of those that touch an area, rising. */
  touching(area: Box): Uint32Array {
    return Uint32Array.from(this.tree?.search(...area) ?? []).sort();
  }
}
