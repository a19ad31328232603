/**
 * Re-decoding: proposals with other anchors than those a head was trained for, from what it said of
 * its own. A head knows nothing of sizes: of its k-th anchor it says how likely there is an object and
 * by which share of that anchor to move and stretch it. Given to an anchor of another size, the same
 * answer stands for another box. So this shows what the shape of the anchors alone does; a head that
 * is trained for them learns to answer otherwise.
 */
import { AnchorGenerator } from '../anchors/generator.ts';
import type { AnchorSet } from '../anchors/sets.ts';
import {
  DEFAULT_PROPOSAL_OPTIONS,
  filterProposals,
  type ProposalOptions,
  type Proposals,
} from './rpn.ts';
import type { RpnAnswer } from './rpnAnswer.ts';

/**
 * Which trained sizes answer for which tuned ones: the k-th in order of size for the k-th. Where there
 * are fewer tuned sizes, those trained ones are left out that are furthest from them; where there are
 * more, neighbours share one. In either case the order stays, and the distances (of logarithms) add up
 * to the least there is.
 *
 * @returns for each of `tuned`, in its own order, the index of a size of `trained`
 */
export function answeringSizes(tuned: readonly number[], trained: readonly number[]): number[] {
  const byTuned = rankedBySize(tuned);
  const byTrained = rankedBySize(trained);
  const shares = tuned.length > trained.length;
  const columns = trained.length;
  /** least cost of the first sizes where the last of them is answered by the j-th trained one */
  let cost = new Float64Array(columns);
  const from: Int32Array[] = [];
  byTuned.forEach((own, rank) => {
    const next = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    const chosen = new Int32Array(columns).fill(-1);
    for (let j = 0; j < columns; j++) {
      const distance = Math.abs(
        Math.log((tuned[own] as number) / (trained[byTrained[j] as number] as number)),
      );
      if (rank === 0) {
        if (!shares || j === 0) next[j] = distance;
        continue;
      }
      // Shared sizes stay or go on by one, so that none is left out; else none is used twice.
      const first = shares ? Math.max(0, j - 1) : 0;
      const last = shares ? j : j - 1;
      for (let before = first; before <= last; before++) {
        const total = (cost[before] as number) + distance;
        if (total < (next[j] as number)) {
          next[j] = total;
          chosen[j] = before;
        }
      }
    }
    cost = next;
    from.push(chosen);
  });
  let at = shares ? columns - 1 : cost.indexOf(Math.min(...cost));
  const answers = new Array<number>(tuned.length);
  for (let rank = tuned.length - 1; rank >= 0; rank--) {
    answers[byTuned[rank] as number] = byTrained[at] as number;
    at = from[rank]?.[at] as number;
  }
  return answers;
}

/** Places by rising size; of equal ones the first comes first. */
const rankedBySize = (sizes: readonly number[]): number[] =>
  sizes
    .map((_, index) => index)
    .sort((a, b) => (sizes[a] as number) - (sizes[b] as number) || a - b);

/** For each tuned ratio the index of the trained one that is nearest to it. */
export function answeringRatios(tuned: readonly number[], trained: readonly number[]): number[] {
  return tuned.map((ratio) => {
    const distances = trained.map((other) => Math.abs(Math.log(ratio / other)));
    return distances.indexOf(Math.min(...distances));
  });
}

/** For each shape of a tuned set, in the order of `shapesOf`, the trained shape that answers for it. */
export function answeringShapes(tuned: AnchorSet, trained: AnchorSet): number[] {
  const ratios = answeringRatios(tuned.aspectRatios, trained.aspectRatios);
  return answeringSizes(tuned.sizes, trained.sizes).flatMap((size) =>
    ratios.map((ratio) => size * trained.aspectRatios.length + ratio),
  );
}

/**
 * The proposals of a head's answers with other anchors. With its own they are those of the head.
 *
 * @param size of the working picture, without its padding
 * @throws RangeError when a size or ratio is not positive, or there is none
 */
export function redecode(
  answer: RpnAnswer,
  tuned: AnchorSet,
  size: { readonly width: number; readonly height: number },
  options: ProposalOptions = DEFAULT_PROPOSAL_OPTIONS,
): Proposals {
  const { rows, columns, set, stride } = answer;
  const generator = new AnchorGenerator(tuned, stride);
  const shapes = answeringShapes(tuned, set);
  const trained = set.sizes.length * set.aspectRatios.length;
  const cells = rows * columns;
  const objectness = new Float32Array(cells * shapes.length);
  const deltas = new Float32Array(4 * objectness.length);
  let at = 0;
  for (let cell = 0; cell < cells; cell++) {
    for (const shape of shapes) {
      const from = cell * trained + shape;
      objectness[at] = answer.objectness[from] as number;
      for (let k = 0; k < 4; k++) deltas[4 * at + k] = answer.deltas[4 * from + k] as number;
      at++;
    }
  }
  return filterProposals(objectness, deltas, generator.generate(rows, columns), size, options);
}
