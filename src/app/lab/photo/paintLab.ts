/**
 * Paints proposals, and the anchors of one grid point, over the photo. Every line is a light one on a
 * wider dark one, as on the Detect page, so that it shows on any photo.
 */
import type { Box } from '../../../core/boxes/box.ts';
import { boxAt } from '../../../core/boxes/box.ts';
import type { ProposalList } from '../../../worker/protocol.ts';
import { boxToScreen, type Point, toScreen, type View } from '../../stage/geometry.ts';
import { MARK } from '../../stage/painter.ts';

const HALO = 'rgb(8, 10, 12)';
const HALO_OPACITY = 0.7;
/** How much wider the dark line is than the light one, in CSS pixels. */
const HALO_WIDTH = 1.5;
const PROPOSAL = '#7cc4ff';
const ANCHOR = '#ffffff';

/** The anchors of one grid point, and which of them overlap an object enough. */
export interface PointScene {
  readonly point: Point;
  readonly anchors: readonly Box[];
  readonly matches: readonly boolean[];
}

/**
 * Paints the best proposals, on a canvas of their own. Where lines cross they look as where they do
 * not: one path of all boxes would do that, too, but hundreds of rectangles that cross take Chromium's
 * rasteriser five times as long as a path as one after another. So they are painted opaque, and all
 * that is there is thinned at once.
 */
export function paintProposals(
  context: CanvasRenderingContext2D,
  view: View,
  { boxes, objectness }: ProposalList,
  limit: number,
): void {
  const count = Math.min(limit, objectness.length);
  const shown = Array.from({ length: count }, (_, index) => boxAt(boxes, index));
  outline(context, view, shown, HALO, 1 + HALO_WIDTH);
  thin(context, HALO_OPACITY);
  outline(context, view, shown, PROPOSAL, 1);
  // The more there are, the fainter: the photo is what one looks at.
  thin(context, count > 150 ? 0.6 : 0.85);
}

/** Paints a grid point and its anchors; those that match are the ones to look at. */
export function paintPoint(
  context: CanvasRenderingContext2D,
  view: View,
  { point, anchors, matches }: PointScene,
): void {
  const dashed = (
    boxes: readonly Box[],
    colour: string,
    width: number,
    dash: readonly number[],
  ) => {
    context.globalAlpha = HALO_OPACITY;
    context.setLineDash([]);
    outline(context, view, boxes, HALO, width + HALO_WIDTH);
    context.globalAlpha = 1;
    context.setLineDash([...dash]);
    outline(context, view, boxes, colour, width);
  };
  context.save();
  dashed(
    anchors.filter((_, index) => !matches[index]),
    ...([ANCHOR, 1, [4, 3]] as const),
  );
  dashed(
    anchors.filter((_, index) => matches[index]),
    ...([MARK, 2, [6, 3]] as const),
  );
  context.restore();
  const { x, y } = toScreen(view, point);
  context.beginPath();
  context.arc(x, y, 3.5, 0, 2 * Math.PI);
  context.fillStyle = MARK;
  context.fill();
  context.lineWidth = HALO_WIDTH;
  context.strokeStyle = HALO;
  context.stroke();
}

function outline(
  context: CanvasRenderingContext2D,
  view: View,
  boxes: readonly Box[],
  colour: string,
  width: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  for (const box of boxes) {
    const [x1, y1, x2, y2] = boxToScreen(view, box);
    context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
}

/** Leaves a share of the opacity of all that has been painted. */
function thin(context: CanvasRenderingContext2D, share: number): void {
  const { width, height } = context.canvas;
  context.save();
  context.resetTransform();
  context.globalCompositeOperation = 'destination-in';
  context.globalAlpha = share;
  context.fillRect(0, 0, width, height);
  context.restore();
}
