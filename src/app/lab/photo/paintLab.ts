/**
 * Paints proposals, and the anchors of one grid point, over the photo. Every line is a light one on a
 * wider dark one, as on the Detect page, so that it shows on any photo.
 */
import type { Box } from '../../../core/boxes/box.ts';
import { boxAt } from '../../../core/boxes/box.ts';
import type { ProposalList } from '../../../worker/protocol.ts';
import { boxToScreen, type Point, toScreen, type View } from '../../stage/geometry.ts';
import { MARK } from '../../stage/painter.ts';

const HALO = 'rgba(8, 10, 12, 0.7)';
const PROPOSAL = '#7cc4ff';
const ANCHOR = '#ffffff';

export interface LabScene {
  readonly view: View;
  readonly proposals: ProposalList | null;
  readonly limit: number;
  /** where the anchors stand, and which of them overlap an object enough */
  readonly point: Point | null;
  readonly anchors: readonly Box[];
  readonly matches: readonly boolean[];
}

export function paintLab(context: CanvasRenderingContext2D, scene: LabScene): void {
  const { view, proposals, limit, point, anchors, matches } = scene;
  context.lineJoin = 'round';
  if (proposals) {
    const count = Math.min(limit, proposals.objectness.length);
    const boxes = Array.from({ length: count }, (_, index) => boxAt(proposals.boxes, index));
    // The more there are, the fainter: the photo is what one looks at.
    stroke(context, view, boxes, { colour: PROPOSAL, width: 1, opacity: count > 150 ? 0.6 : 0.85 });
  }
  if (!point) return;
  const plain = anchors.filter((_, index) => !matches[index]);
  const matching = anchors.filter((_, index) => matches[index]);
  stroke(context, view, plain, { colour: ANCHOR, width: 1, opacity: 0.8, dash: [4, 3] });
  stroke(context, view, matching, { colour: MARK, width: 2, opacity: 1, dash: [6, 3] });
  paintPoint(context, toScreen(view, point));
}

interface Line {
  readonly colour: string;
  readonly width: number;
  readonly opacity: number;
  readonly dash?: readonly number[];
}

function stroke(
  context: CanvasRenderingContext2D,
  view: View,
  boxes: readonly Box[],
  { colour, width, opacity, dash = [] }: Line,
): void {
  if (boxes.length === 0) return;
  context.save();
  context.globalAlpha = opacity;
  context.beginPath();
  for (const box of boxes) {
    const [x1, y1, x2, y2] = boxToScreen(view, box);
    context.rect(x1, y1, x2 - x1, y2 - y1);
  }
  context.strokeStyle = HALO;
  context.lineWidth = width + 1.5;
  context.stroke();
  context.setLineDash([...dash]);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.restore();
}

function paintPoint(context: CanvasRenderingContext2D, { x, y }: Point): void {
  context.beginPath();
  context.arc(x, y, 3.5, 0, 2 * Math.PI);
  context.fillStyle = MARK;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = HALO;
  context.stroke();
}
