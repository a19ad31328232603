/**
 * The way of one detection, step by step, from what its run left behind (trace.ts): where the RPN saw
 * objects, the anchor and what its deltas made of it, what NMS suppressed in its favour, the scores of
 * the RoI heads, and the final box. Everything is worked out again on plain arrays by the very
 * functions of the run; nothing is computed on the device, and what is still there of the RPN's answer is
 * read back.
 */
import { type Box, type Boxes, boxAt, iou, packBoxes, takeRows } from '../boxes/box.ts';
import { type NmsOptions, nmsWithReasons } from '../boxes/nms.ts';
import type { FasterRcnn } from './fasterRcnn.ts';
import { DEFAULT_DETECTION_OPTIONS, type DetectionOptions } from './roiHeads.ts';
import { candidatesOf, DEFAULT_PROPOSAL_OPTIONS, sigmoid } from './rpn.ts';
import type { RpnAnswer } from './rpnAnswer.ts';
import { toPhoto } from './slices.ts';
import type { DetectionTrace, Origin, PassPlan, PassTrace } from './trace.ts';
import { restoreBoxes } from './transform.ts';
import type { Detection, Proposal } from './types.ts';

/** The best objectness at each cell of the map that the RPN slid over. */
export interface ObjectnessMap {
  readonly rows: number;
  readonly columns: number;
  /** `[rows * columns]`, 0..1 */
  readonly values: Float32Array;
  /** what the map covers, in pixels of the photo; its padding reaches beyond the photo's edges */
  readonly area: Box;
}

/** A box that went because a better one overlapped it. */
export interface Suppressed {
  /** pixels of the photo */
  readonly box: Box;
  /** its objectness, or its score */
  readonly score: number;
  /** how much it overlaps the one that stayed, 0..1 */
  readonly iou: number;
}

export interface ClassScore {
  readonly className: string;
  readonly score: number;
}

/** All boxes in pixels of the photo. */
export interface DetectionPath {
  /** the pass it was found in, counted from 0, of so many */
  readonly pass: number;
  readonly passes: number;
  /** pixels of the long side of what the network saw */
  readonly workingSize: number;
  readonly map: ObjectnessMap;
  readonly anchor: Box;
  /** sides of the anchor in working pixels */
  readonly anchorSize: readonly [width: number, height: number];
  readonly objectness: number;
  /** dx, dy in units of the anchor's sides; dw, dh as logarithms */
  readonly deltas: readonly number[];
  readonly proposal: Box;
  /** its place among the run's proposals, from 0, of so many */
  readonly rank: number;
  readonly proposals: number;
  /** proposals that NMS dropped in favour of this one, by falling objectness */
  readonly suppressedProposals: readonly Suppressed[];
  /** what the RoI heads say of the proposal: every class that is shown and background, best first */
  readonly scores: readonly ClassScore[];
  readonly box: Box;
  /** boxes of the same class that NMS dropped in favour of this one, by falling score */
  readonly suppressedBoxes: readonly Suppressed[];
}

/** The name of what is no object. */
export const BACKGROUND = 'background';

/**
 * @param trace filled by the run
 * @param proposals the run's
 * @param detection one of the run's
 * @param changes those of the run
 * @throws RangeError when the detection is of another run; Error when the trace was disposed of unread
 */
export async function explainDetection(
  detector: Pick<FasterRcnn, 'rpn' | 'roiHeads' | 'classes'>,
  trace: DetectionTrace,
  proposals: readonly Proposal[],
  detection: Pick<Detection, 'box' | 'label' | 'proposal'>,
  changes: Partial<DetectionOptions> = {},
): Promise<DetectionPath> {
  const options = { ...DEFAULT_DETECTION_OPTIONS, ...changes };
  const origin = trace.origins[detection.proposal];
  const proposal = proposals[detection.proposal];
  const pass = trace.passes[origin?.pass ?? -1];
  const plan = trace.plans[origin?.pass ?? -1];
  if (!origin || !proposal || !pass || !plan) {
    throw new RangeError(`This run made no proposal ${detection.proposal}.`);
  }
  const answer = await pass.answer.read();
  const { rows, columns, deltas } = answer;
  const anchors = detector.rpn.anchorGenerator.generate(rows, columns);
  const { suppressed, anchor: index } = wayOfProposal(pass, plan, answer, anchors, origin.place);
  const anchor = boxAt(anchors, index);
  return {
    pass: origin.pass,
    passes: trace.passes.length,
    workingSize: plan.workingSize,
    map: objectnessMap(pass, plan, answer),
    anchor: proposal.anchor,
    anchorSize: [anchor[2] - anchor[0], anchor[3] - anchor[1]],
    objectness: proposal.objectness,
    deltas: Array.from(deltas.subarray(4 * index, 4 * index + 4)),
    proposal: proposal.box,
    rank: detection.proposal,
    proposals: proposals.length,
    suppressedProposals: byScore([...suppressed, ...mergedAway(trace, origin)]),
    scores: scoresOf(detector, pass, origin.place),
    box: detection.box,
    suppressedBoxes: byScore([
      ...classNms(detector, pass, plan, { place: origin.place, label: detection.label }, options),
      ...twins(trace, detection, options),
    ]),
  };
}

const byScore = (list: readonly Suppressed[]) => [...list].sort((a, b) => b.score - a.score);

/** The best logit of each cell's anchors as a probability. */
function objectnessMap(
  { size }: PassTrace,
  { tile: { left, top } }: PassPlan,
  answer: RpnAnswer,
): ObjectnessMap {
  const { rows, columns, stride } = answer;
  const area: Box = [
    left,
    top,
    left + (columns * stride) / size.scaleX,
    top + (rows * stride) / size.scaleY,
  ];
  const perCell = answer.objectness.length / (rows * columns);
  const values = new Float32Array(rows * columns);
  for (let cell = 0; cell < values.length; cell++) {
    const logits = answer.objectness.subarray(cell * perCell, (cell + 1) * perCell);
    values[cell] = sigmoid(logits.reduce((best, logit) => Math.max(best, logit)));
  }
  return { rows, columns, values, area };
}

/** Which anchor a proposal came from, and what the pass's own NMS dropped for it. */
function wayOfProposal(
  pass: PassTrace,
  plan: PassPlan,
  answer: RpnAnswer,
  all: Boxes,
  place: number,
) {
  const { size, options } = pass;
  const { boxes, logits, anchors } = candidatesOf(answer, all, size, options);
  const nmsOptions = { iouThreshold: options.nmsThreshold, limit: options.postNmsTopN };
  const anchor = pass.anchors[place];
  if (anchor === undefined) throw new RangeError(`The pass made no proposal ${place}.`);
  // By its anchor, not by its place: where a device chose, its rounding may have kept another one before.
  const chosen = anchors.indexOf(anchor);
  const suppressed = suppressedBy({ boxes, scores: logits }, chosen, nmsOptions).map((one) => ({
    ...one,
    box: onPhoto(one.box, pass, plan),
    score: sigmoid(one.score),
  }));
  return { suppressed, anchor };
}

/** What other passes proposed, too, and lost to this proposal when all became one list. */
function mergedAway({ passes, proposed }: DetectionTrace, origin: Origin): Suppressed[] {
  const { nmsThreshold, postNmsTopN } = passes[0]?.options ?? DEFAULT_PROPOSAL_OPTIONS;
  const mine = proposed.findIndex(
    ({ pass, place }) => pass === origin.pass && place === origin.place,
  );
  const boxes = packBoxes(proposed.map(({ box }) => box));
  const scores = proposed.map(({ objectness }) => objectness);
  return suppressedBy({ boxes, scores }, mine, { iouThreshold: nmsThreshold, limit: postNmsTopN });
}

/** What the pass's NMS within the class dropped in favour of a proposal's box of that class. */
function classNms(
  { roiHeads }: Pick<FasterRcnn, 'roiHeads'>,
  pass: PassTrace,
  plan: PassPlan,
  { place, label }: { readonly place: number; readonly label: number },
  options: DetectionOptions,
): Suppressed[] {
  const { places, values } = pass.classified;
  const rows = takeRows(pass.proposals, places);
  const all = roiHeads.candidates(values, rows, pass.size, options);
  const ofClass = all.labels.flatMap((one, index) => (one === label ? [index] : []));
  const boxes = takeRows(all.boxes, ofClass);
  const scores = ofClass.map((index) => all.scores[index] as number);
  const mine = ofClass.findIndex((index) => places[all.proposals[index] as number] === place);
  const nmsOptions = { iouThreshold: options.nmsThreshold };
  return suppressedBy({ boxes, scores }, mine, nmsOptions).map((one) => ({
    ...one,
    box: onPhoto(one.box, pass, plan),
  }));
}

/** What other passes found, too. */
function twins(
  { passes, found }: DetectionTrace,
  { proposal, label }: Pick<Detection, 'proposal' | 'label'>,
  { nmsThreshold }: DetectionOptions,
): Suppressed[] {
  if (passes.length === 1) return []; // the pass's own NMS has seen to it
  const ofClass = found.filter((one) => one.label === label);
  const mine = ofClass.findIndex((one) => one.proposal === proposal);
  const boxes = packBoxes(ofClass.map(({ box }) => box));
  const scores = ofClass.map(({ score }) => score);
  return suppressedBy({ boxes, scores }, mine, { iouThreshold: nmsThreshold });
}

/** Runs NMS again, on the numbers it had, and tells what the box at `mine` suppressed. */
function suppressedBy(
  { boxes, scores }: { readonly boxes: Boxes; readonly scores: ArrayLike<number> },
  mine: number,
  options: NmsOptions,
): Suppressed[] {
  const { suppressor } = nmsWithReasons(boxes, scores, options);
  const gone = Array.from(suppressor.keys()).filter((index) => suppressor[index] === mine);
  return mine < 0
    ? []
    : gone.map((index) => {
        const box = boxAt(boxes, index);
        return { box, score: scores[index] as number, iou: iou(box, boxAt(boxes, mine)) };
      });
}

/** A box in working pixels of a pass, in pixels of the photo. */
function onPhoto(box: Box, { size }: PassTrace, { tile }: PassPlan): Box {
  return toPhoto(boxAt(restoreBoxes(packBoxes([box]), size, tile), 0), tile);
}

/** What the RoI heads say of a proposal. */
function scoresOf(
  { roiHeads, classes }: Pick<FasterRcnn, 'roiHeads' | 'classes'>,
  { classified: { places, values } }: PassTrace,
  place: number,
): ClassScore[] {
  const at = places.indexOf(place) * roiHeads.rowLength;
  const names = [BACKGROUND, ...classes.map(({ name }) => name)];
  const shown = [true, ...classes.map((one) => one.shown)];
  return names
    .map((className, k) => ({ className, score: values[at + k] as number }))
    .filter((_, k) => shown[k])
    .sort((a, b) => b.score - a.score);
}
