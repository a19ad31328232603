/**
 * The anchor generator: a set of reference boxes centred on every cell of a feature map.
 *
 * An anchor of side s and ratio r (height over width) has the area s * s, its width is
 * s / sqrt(r) and its height s * sqrt(r). Centres lie in the middle of each cell, at
 * (i + 0.5) * stride pixels, where the receptive field of a 3x3-convolution network is centred.
 * (torchvision puts them on the cell's corner; the half cell matters for 16-pixel objects.)
 */
import type { Boxes } from '../boxes/box.ts';
import type { AnchorSet } from './sets.ts';
import { requirePositive, shapesOf } from './shapes.ts';

export class AnchorGenerator {
  /** `[perLocation * 4]` anchors around the origin, sizes outermost: (size 0, ratio 0), (size 0, ratio 1) ... */
  readonly cell: Boxes;
  readonly perLocation: number;

  /**
   * @param set sides and ratios, in pixels of the picture the network sees
   * @throws RangeError when a side or a ratio is not a positive number, or there is none
   */
  constructor(
    readonly set: AnchorSet,
    readonly stride: number,
  ) {
    requirePositive(stride);
    const shapes = shapesOf(set);
    this.perLocation = shapes.length;
    this.cell = new Float32Array(4 * shapes.length);
    shapes.forEach(({ width, height }, index) => {
      this.cell.set([-width / 2, -height / 2, width / 2, height / 2], 4 * index);
    });
  }

  /**
   * All anchors of a feature map: `[rows * columns * perLocation * 4]`, in the order in which an
   * NHWC tensor of RPN outputs is read (row, column, anchor).
   */
  generate(rows: number, columns: number): Boxes {
    const { cell, stride } = this;
    const anchors = new Float32Array(rows * columns * cell.length);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      const y = (row + 0.5) * stride;
      for (let column = 0; column < columns; column++) {
        const x = (column + 0.5) * stride;
        for (let k = 0; k < cell.length; k += 4) {
          anchors[at++] = x + (cell[k] as number);
          anchors[at++] = y + (cell[k + 1] as number);
          anchors[at++] = x + (cell[k + 2] as number);
          anchors[at++] = y + (cell[k + 3] as number);
        }
      }
    }
    return anchors;
  }

  /** The one anchor at an index of what `generate` makes for so many columns. */
  anchor(index: number, columns: number): Boxes {
    const place = Math.floor(index / this.perLocation);
    const x = ((place % columns) + 0.5) * this.stride;
    const y = (Math.floor(place / columns) + 0.5) * this.stride;
    const at = 4 * (index % this.perLocation);
    return this.cell.subarray(at, at + 4).map((value, k) => value + (k % 2 === 0 ? x : y));
  }
}
