/**
 * Proposals that the device chooses by itself, where its backend has a kernel of ours for it: of a
 * hundred thousand anchors only the few hundred that are kept are read back, not all that the RPN says.
 * On every other backend the same is done on plain arrays (`filterProposals`).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AnchorGenerator } from '../anchors/generator.ts';
import { runOnBackend } from '../kernels/backendKernel.ts';
import { type ProposalOptions, type Proposals, sigmoid } from './rpn.ts';
import type { RpnOutput } from './rpnAnswer.ts';

/** More than this is left to `filterProposals`: an index must be exact as a float, and masks fit. */
const MOST_ANCHORS = 4_000_000;
const MOST_CANDIDATES = 8192;

/** Numbers in a row of what comes back: the box, the index of its anchor, its logit, and two of no meaning. */
const ROW = 8;

/** What the kernel `LoupeProposals` needs beside `objectness`, `deltas` and `cell`, the anchors of a cell. */
export interface ProposalAttrs extends ProposalOptions {
  readonly columns: number;
  /** pixels per cell */
  readonly stride: number;
  /** of the working picture, without its padding */
  readonly width: number;
  readonly height: number;
}

/**
 * Submits the choice: the best `preNmsTopN` anchors, decoded, clipped, without slivers, and what NMS
 * leaves of them.
 *
 * @param columns of the map that the RPN slid over
 * @param size of the working picture, without its padding
 * @returns `[1, 1 + postNmsTopN or fewer, ROW]`: the first number of the first row tells how many rows
 *   after it are proposals; undefined where the backend cannot
 */
export function chooseOnDevice(
  { objectness, deltas }: RpnOutput,
  { cell, stride, perLocation }: AnchorGenerator,
  columns: number,
  { width, height }: { readonly width: number; readonly height: number },
  options: ProposalOptions,
): tf.Tensor | undefined {
  const count = objectness.shape[0];
  const preNmsTopN = Math.min(options.preNmsTopN, count);
  const postNmsTopN = Math.min(options.postNmsTopN, preNmsTopN);
  if (count > MOST_ANCHORS || preNmsTopN > MOST_CANDIDATES || postNmsTopN < 1) return undefined;
  const attrs: ProposalAttrs = {
    ...options,
    ...{ preNmsTopN, postNmsTopN, columns, stride, width, height },
  };
  const inputs = () => ({ objectness, deltas, cell: tf.tensor2d(cell, [perLocation, 4]) });
  return runOnBackend('LoupeProposals', inputs, { ...attrs });
}

/** The proposals in what `chooseOnDevice` brought. */
export function chosenProposals(
  values: Float32Array,
  generator: AnchorGenerator,
  columns: number,
): Proposals {
  const count = values[0] as number;
  const boxes = new Float32Array(4 * count);
  const anchors = new Float32Array(4 * count);
  const indices = new Uint32Array(count);
  const objectness = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = ROW * (i + 1);
    boxes.set(values.subarray(at, at + 4), 4 * i);
    const index = values[at + 4] as number;
    anchors.set(generator.anchor(index, columns), 4 * i);
    indices[i] = index;
    objectness[i] = sigmoid(values[at + 5] as number);
  }
  return { boxes, anchors, indices, objectness };
}

/** Values as of a choice of as many proposals as there is room for, all without a pixel. */
export function madeUpChoice(chosen: tf.Tensor): Float32Array {
  const values = new Float32Array(chosen.size);
  values[0] = chosen.size / ROW - 1;
  return values;
}
