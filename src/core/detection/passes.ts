/**
 * Several passes of the network over one photo as a single detection: at two sizes, or in tiles.
 * Every pass proposes, the best proposals of all become one list, as long as that of one pass, and
 * each of them is classified on the features of the pass that proposed it. So a closer look costs
 * the RoI heads no more than a quick one, and its proposals count as fairly.
 *
 * Each pass costs what one detection costs, two readbacks at most.
 */
import { area, packBoxes } from '../boxes/box.ts';
import { nms } from '../boxes/nms.ts';
import type { DetectionResult, DetectOptions, FasterRcnn, Proposed } from './fasterRcnn.ts';
import { DEFAULT_DETECTION_OPTIONS } from './roiHeads.ts';
import { DEFAULT_PROPOSAL_OPTIONS, type ProposalOptions } from './rpn.ts';
import { cropPicture, enlargement, isCut, type Tile, toPhoto } from './slices.ts';
import type { PassPlan, PassProposal } from './trace.ts';
import type { Detection, Picture, Proposal, StageRecord } from './types.ts';

/** What a pass proposes, in pixels of its tile. */
export interface PassProposals {
  readonly plan: PassPlan;
  readonly proposals: readonly Proposal[];
}

/**
 * Finds the objects in a picture by all of these passes.
 *
 * @throws what `FasterRcnn.detect` throws
 */
export async function detectInPasses(
  detector: Pick<FasterRcnn, 'propose'>,
  picture: Picture,
  plans: readonly PassPlan[],
  options: DetectOptions = {},
): Promise<DetectionResult> {
  const cost = plans.map(({ workingSize }) => workingSize ** 2);
  const total = cost.reduce((sum, one) => sum + one, 0);
  const proposed: Proposed[] = [];
  try {
    let done = 0;
    for (const [pass, { tile, workingSize }] of plans.entries()) {
      const mine = cost[pass] as number;
      const part = coversAll(tile, picture) ? picture : cropPicture(picture, tile);
      const onProgress = (share: number) => options.onProgress?.((done + share * mine) / total);
      proposed.push(await detector.propose(part, { ...options, workingSize, onProgress }));
      done += mine;
    }
    const passes = proposed.map(({ proposals }, pass) => ({
      plan: plans[pass] as PassPlan,
      proposals,
    }));
    const merged = mergeProposals(passes, picture, options.proposals);
    const detections = await classifyMerged(merged, proposed, plans, picture, options);
    if (options.trace) {
      options.trace.plans = plans;
      options.trace.origins = merged;
      options.trace.proposed = beforeMerging(passes, picture);
      options.trace.found = detections;
    }
    await options.onProgress?.(1);
    options.signal?.throwIfAborted();
    return {
      detections: suppressTwins(detections, options),
      proposals: merged.map(({ box, objectness, anchor }) => ({ box, objectness, anchor })),
      stages: addStages(proposed.flatMap(({ stages }) => stages)),
    };
  } finally {
    for (const one of proposed) one.dispose();
  }
}

/**
 * The proposals of all passes as one list in pixels of the photo, by falling objectness: without
 * what a tile's edge cuts or a pass leaves to the others, suppressed and limited as the RPN does it
 * with those of one pass. One head scores all passes and was trained at many sizes, so that scores
 * of different passes compare as they are.
 */
export function mergeProposals(
  passes: readonly PassProposals[],
  photo: { readonly width: number; readonly height: number },
  options: Partial<ProposalOptions> = {},
): PassProposal[] {
  const { postNmsTopN, nmsThreshold } = { ...DEFAULT_PROPOSAL_OPTIONS, ...options };
  const all = beforeMerging(passes, photo);
  const kept = nms(
    packBoxes(all.map(({ box }) => box)),
    all.map(({ objectness }) => objectness),
    { iouThreshold: nmsThreshold, limit: postNmsTopN },
  );
  return Array.from(kept, (index) => all[index] as PassProposal);
}

/** What `mergeProposals` chooses from: whole objects, each left to the passes that see it well. */
function beforeMerging(
  passes: readonly PassProposals[],
  photo: { readonly width: number; readonly height: number },
): PassProposal[] {
  return passes.flatMap(({ plan: { tile, workingSize, leastSide }, proposals }, pass) => {
    const leastArea = (leastSide / enlargement(tile, workingSize)) ** 2;
    return proposals
      .map(
        ({ box, anchor, objectness }, place): PassProposal => ({
          box: toPhoto(box, tile),
          anchor: toPhoto(anchor, tile),
          objectness,
          pass,
          place,
        }),
      )
      .filter(({ box }) => area(box) >= leastArea && !isCut(box, tile, photo, workingSize));
  });
}

/** The second stage of every pass on its own among the merged proposals, in pixels of the photo. */
async function classifyMerged(
  merged: readonly PassProposal[],
  proposed: readonly Proposed[],
  plans: readonly PassPlan[],
  photo: Picture,
  { signal }: DetectOptions,
): Promise<Detection[]> {
  const detections: Detection[] = [];
  for (const [pass, { tile, workingSize }] of plans.entries()) {
    signal?.throwIfAborted();
    const own = merged.flatMap((proposal, index) => (proposal.pass === pass ? [index] : []));
    const places = own.map((index) => (merged[index] as PassProposal).place);
    for (const detection of await (proposed[pass] as Proposed).classify(places)) {
      const box = toPhoto(detection.box, tile);
      if (isCut(box, tile, photo, workingSize)) continue;
      detections.push({ ...detection, box, proposal: own[detection.proposal] as number });
    }
  }
  return detections;
}

/** What two passes found is one object: NMS per class, as within a pass. */
function suppressTwins(detections: readonly Detection[], options: DetectOptions): Detection[] {
  const kept = nms(
    packBoxes(detections.map(({ box }) => box)),
    detections.map(({ score }) => score),
    {
      iouThreshold: options.nmsThreshold ?? DEFAULT_DETECTION_OPTIONS.nmsThreshold,
      limit: options.detectionsPerImage ?? DEFAULT_DETECTION_OPTIONS.detectionsPerImage,
      groups: detections.map(({ label }) => label),
    },
  );
  return Array.from(kept, (index) => detections[index] as Detection);
}

const coversAll = (tile: Tile, photo: Picture) =>
  tile.width === photo.width && tile.height === photo.height;

/** The same stage of several passes is one stage that took as long as all of them. */
function addStages(stages: readonly StageRecord[]): StageRecord[] {
  const total = new Map<string, number>();
  for (const { name, milliseconds } of stages) {
    total.set(name, (total.get(name) ?? 0) + milliseconds);
  }
  return Array.from(total, ([name, milliseconds]) => ({ name, milliseconds }));
}
