/** Boxes on a crop of the photo, in the manners of the steps: before, after, and what had to go. */
import type { Box } from '../../core/boxes/box.ts';
import type { ObjectnessMap } from '../../worker/protocol.ts';
import { boxToScreen, type View } from '../stage/geometry.ts';
import { MARK } from '../stage/painter.ts';

export interface Frame {
  readonly box: Box;
  /** solid yellow is what stays, dashed white what it came from, thin white what NMS dropped */
  readonly manner: 'after' | 'before' | 'gone';
}

const HALO = 'rgba(8, 10, 12, 0.75)';
const LOOKS = {
  after: { colour: MARK, width: 2.5, dash: [] },
  before: { colour: '#ffffff', width: 1.75, dash: [5, 4] },
  gone: { colour: 'rgba(255, 255, 255, 0.75)', width: 1, dash: [] },
} as const;

export function paintFrames(
  context: CanvasRenderingContext2D,
  view: View,
  frames: readonly Frame[],
): void {
  for (const { box, manner } of frames) {
    const { colour, width, dash } = LOOKS[manner];
    const [x1, y1, x2, y2] = boxToScreen(view, box);
    context.beginPath();
    context.rect(x1, y1, x2 - x1, y2 - y1);
    context.setLineDash([]);
    context.strokeStyle = HALO;
    context.lineWidth = width + 2;
    if (manner !== 'gone') context.stroke();
    context.setLineDash([...dash]);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
  context.setLineDash([]);
}

/**
 * How far up its own map's scale each cell stands: 0 at the middle cell and below, 1 at the highest,
 * evenly in logits between them. How high the numbers themselves are says little: a network that was
 * trained with the focal loss keeps them small, and what counts is their order.
 *
 * @param values probabilities
 */
export function heatOf(values: Float32Array): Float32Array {
  const logits = values.map((value) => {
    const inside = Math.min(Math.max(value, 1e-6), 1 - 1e-6);
    return Math.log(inside / (1 - inside));
  });
  const sorted = logits.toSorted();
  const low = sorted[Math.floor(sorted.length / 2)] as number;
  const high = sorted.at(-1) as number;
  return logits.map((logit) => (high > low ? Math.max(0, (logit - low) / (high - low)) : 0));
}

/** The photo steps back where nothing was seen, and glows where the RPN saw an object. */
export function paintHeat(
  context: CanvasRenderingContext2D,
  view: View,
  { rows, columns, values, area }: ObjectnessMap,
): void {
  const heat = heatOf(values);
  const [left, top, right, bottom] = boxToScreen(view, area);
  const [width, height] = [(right - left) / columns, (bottom - top) / rows];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = heat[row * columns + column] as number;
      // Dark at 0, clear in between, yellow at 1.
      context.fillStyle =
        value < 0.5
          ? `rgb(8 10 12 / ${(0.72 * (1 - 2 * value)).toFixed(3)})`
          : `rgb(255 217 26 / ${(1.4 * (value - 0.5)).toFixed(3)})`;
      const [x, y] = [left + column * width, top + row * height];
      context.fillRect(x, y, width + 0.5, height + 0.5);
    }
  }
}
