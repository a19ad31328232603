/**
 * What a detection saw on its way and usually forgets: every answer of the RPN and of the RoI heads. Who
 * wants to look inside afterwards hands in an empty trace and has it filled; that costs a few megabytes,
 * but neither time nor one more readback during the run. What a run had no need to read of the RPN's
 * answers stays on the device until somebody looks (`explain.ts`), or the trace is disposed of.
 */
import type { Boxes } from '../boxes/box.ts';
import type { ProposalOptions } from './rpn.ts';
import type { KeptAnswer } from './rpnAnswer.ts';
import type { Tile } from './slices.ts';
import type { WorkingPicture } from './transform.ts';
import type { Detection, Proposal } from './types.ts';

/** How one pass looks. */
export interface PassPlan {
  /** at what of the photo, in pixels of it */
  readonly tile: Tile;
  /** pixels of the long side of what the network sees */
  readonly workingSize: number;
  /** smaller objects, by the root of their area in working pixels, are left to the other passes */
  readonly leastSide: number;
}

/** One pass of the network. Boxes are in working pixels. */
export interface PassTrace {
  /** of the working picture, without its padding */
  readonly size: Pick<WorkingPicture, 'width' | 'height' | 'scaleX' | 'scaleY'>;
  readonly answer: KeptAnswer;
  readonly options: ProposalOptions;
  /** the proposals it made, `[count * 4]`, and of each the index of its anchor */
  readonly proposals: Boxes;
  readonly anchors: Uint32Array;
  /** which of them the RoI heads were shown, and what they said: rows of `RoiHeads.rowLength` */
  classified: { readonly places: readonly number[]; readonly values: Float32Array };
}

/** Where a proposal of the whole run is from: the pass, and its place among that pass's own. */
export interface Origin {
  readonly pass: number;
  readonly place: number;
}

/** A proposal of one pass, in pixels of the photo. */
export interface PassProposal extends Proposal, Origin {}

/** Empty before the run. */
export class DetectionTrace {
  readonly passes: PassTrace[] = [];
  plans: readonly PassPlan[] = [];
  /** of each proposal of the run */
  origins: readonly Origin[] = [];
  /** of several passes: what became one list of proposals, before what overlaps was suppressed */
  proposed: readonly PassProposal[] = [];
  /** what all passes found, before what several of them found became one */
  found: readonly Detection[] = [];

  /** How many tensors it holds. */
  get tensors(): number {
    return this.passes.reduce((sum, { answer }) => sum + answer.tensors, 0);
  }

  /** Frees what is on the device; what was read of it can be looked at on. */
  dispose(): void {
    for (const { answer } of this.passes) answer.dispose();
  }
}
