/**
 * Several passes of the network over one photo as a single detection: at two sizes, or in tiles.
 * Every pass proposes, the best proposals of all become one list, as long as that of one pass, and
 * each of them is classified on the features of the pass that proposed it. So a closer look costs
 * the RoI heads no more than a quick one, and its proposals count as fairly.
 *
 * All passes are submitted without waiting in between, and read back together: two readbacks at most,
 * as for a single pass.
 */
import { area, packBoxes } from '../boxes/box.ts';
import { nms } from '../boxes/nms.ts';
import type { DetectionResult, FasterRcnn } from './fasterRcnn.ts';
import { breathe, type DetectOptions, PROPOSALS_SHARE, TRUNK_SHARE } from './options.ts';
import type { Seen } from './pass.ts';
import { readTogether } from './readTogether.ts';
import { DEFAULT_DETECTION_OPTIONS } from './roiHeads.ts';
import { DEFAULT_PROPOSAL_OPTIONS, type ProposalOptions } from './rpn.ts';
import { cropPicture, enlargement, isCut, type Tile, toPhoto } from './slices.ts';
import { StageClock } from './stages.ts';
import type { PassPlan, PassProposal } from './trace.ts';
import type { Detection, Picture, Proposal } from './types.ts';

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
  detector: Pick<FasterRcnn, 'see'>,
  picture: Picture,
  plans: readonly PassPlan[],
  options: DetectOptions = {},
): Promise<DetectionResult> {
  const cost = plans.map(({ workingSize }) => workingSize ** 2);
  const total = cost.reduce((sum, one) => sum + one, 0);
  const clock = new StageClock(options.onStage);
  const seen: Seen[] = [];
  try {
    let done = 0;
    for (const [pass, { tile, workingSize }] of plans.entries()) {
      const mine = cost[pass] as number;
      const part = coversAll(tile, picture) ? picture : cropPicture(picture, tile);
      const before = done;
      const onProgress = (share: number) =>
        options.onProgress?.((TRUNK_SHARE * (before + share * mine)) / total);
      seen.push(await detector.see(part, { ...options, workingSize, onProgress }, clock));
      done += mine;
    }
    const values = await readTogether(seen.map(({ wanted }) => wanted));
    clock.mark('RPN');
    const proposed = seen.map((one, pass) => one.propose(values[pass] as Float32Array));
    const passes = proposed.map(({ proposals }, pass) => ({
      plan: plans[pass] as PassPlan,
      proposals,
    }));
    const merged = mergeProposals(passes, picture, options.proposals);
    clock.mark('proposals');
    await breathe(options, PROPOSALS_SHARE);

    const own = plans.map((_, pass) =>
      merged.flatMap((proposal, index) => (proposal.pass === pass ? [index] : [])),
    );
    const scores = await readTogether(
      proposed.map((one, pass) => {
        const chosen = own[pass] as number[];
        return one.score(chosen.map((index) => (merged[index] as PassProposal).place));
      }),
    );
    clock.mark('RoI heads');
    const found = proposed.map((one, pass) => one.select(scores[pass] as Float32Array));
    const detections = inPhoto(found, own, plans, picture);
    const kept = suppressTwins(detections, options);
    clock.mark('postprocessing');
    if (options.trace) {
      options.trace.plans = plans;
      options.trace.origins = merged;
      options.trace.proposed = beforeMerging(passes, picture);
      options.trace.found = detections;
    }
    await breathe(options, 1);
    return {
      detections: kept,
      proposals: merged.map(({ box, objectness, anchor }) => ({ box, objectness, anchor })),
      stages: clock.stages,
    };
  } finally {
    for (const one of seen) one.dispose();
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

/**
 * What every pass found, in pixels of the photo, without what its tile's edges cut.
 * @param own of each pass, which of the merged proposals are its own
 */
function inPhoto(
  found: readonly Detection[][],
  own: readonly number[][],
  plans: readonly PassPlan[],
  photo: Picture,
): Detection[] {
  return plans.flatMap(({ tile, workingSize }, pass) =>
    (found[pass] as Detection[])
      .map((detection) => ({
        ...detection,
        box: toPhoto(detection.box, tile),
        proposal: own[pass]?.[detection.proposal] as number,
      }))
      .filter(({ box }) => !isCut(box, tile, photo, workingSize)),
  );
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
