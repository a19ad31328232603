/** Boxes on their way between workers: a set of hundreds of thousands is moved, not copied once more. */
import * as Comlink from 'comlink';
import type { BoxSet } from '../../core/annotations/boxSet.ts';

/** The set, to be handed over by a call; it is of no more use on this side. */
export const moved = (set: BoxSet): BoxSet =>
  Comlink.transfer(set, [set.boxes.buffer, set.pictureOf.buffer, set.pictureSizes.buffer]);
