/**
 * `LoupeProposals`: the proposals of an RPN, chosen on the device as `filterProposals`
 * (src/core/detection/rpn.ts) chooses them, so that only what is kept is read back.
 *
 * The best logits are found (topK.ts) and ranked: a thread takes one of them and counts those that come
 * before it, reading two at a time, all threads the same; then it makes its box by the box coder's formula
 * in float32, and puts it in its place. An anchor is known by its index, which tells the cell and the shape:
 * no list of anchors is needed. What NMS leaves of the boxes (suppress.ts) is the result.
 *
 * Eleven dispatches of seven programs. With one thread a score or a word of a mask, workgroups of 64 and one
 * dimension, 65,535 of them do for 4 million anchors and for 8,192 candidates; the core asks for no more.
 * Boxes are those of the core but for float32 rounding, which may also swap what NMS keeps where an IoU is
 * within 1e-6 of the threshold.
 */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { MAX_LOG_SCALE } from '../../core/boxes/boxCoder.ts';
import type { ProposalAttrs } from '../../core/detection/chosenOnDevice.ts';
import { runKernel, type WebGPUBackend } from './program.ts';
import { suppress } from './suppress.ts';
import { chooseBest, SLOTS, THREADS } from './topK.ts';

interface ProposalCall {
  readonly inputs: {
    /** logits, `[count]` */
    readonly objectness: TensorInfo;
    /** `[count, 4]` */
    readonly deltas: TensorInfo;
    /** the anchors of a cell around its centre, `[shapes, 4]` */
    readonly cell: TensorInfo;
  };
  readonly attrs: ProposalAttrs;
  readonly backend: WebGPUBackend;
}

/** The kernel as tfjs calls it; `chooseOnDevice` (src/core/detection) tells its output. */
export const chooseProposals: KernelFunc = (args) => {
  const { inputs, attrs, backend } = args as unknown as ProposalCall;
  const best = chooseBest(backend, inputs.objectness, attrs.preNmsTopN);
  const ranked = rankAndDecode(backend, best, inputs, attrs);
  const kept = suppress(backend, ranked, attrs.postNmsTopN, attrs.nmsThreshold);
  for (const used of [best, ranked]) backend.disposeData(used.dataId);
  return kept;
};

/** @returns `[1, preNmsTopN, 8]` as `suppress` wants it; carried along are the anchor's index and its logit */
function rankAndDecode(
  backend: WebGPUBackend,
  best: TensorInfo,
  { objectness, deltas, cell }: ProposalCall['inputs'],
  { preNmsTopN, columns, stride, width, height, minSize }: ProposalAttrs,
): TensorInfo {
  return runKernel(backend, {
    key: 'proposals_rank',
    inputs: [
      { name: 'best', components: 4, tensor: best },
      { name: 'objectness', components: 1, tensor: objectness },
      { name: 'deltas', components: 4, tensor: deltas },
      { name: 'cell', components: 4, tensor: cell },
    ],
    output: { shape: [1, preNmsTopN, 8], components: 4 },
    uniforms: { columns: [columns] },
    floats: { limit: [width, height], stride: [stride], minSize: [minSize] },
    workgroup: [THREADS, 1, 1],
    dispatch: [Math.ceil(preNmsTopN / THREADS), 1, 1],
    code: () => `
fn isBefore(key: i32, index: i32, otherKey: i32, otherIndex: i32) -> bool {
  return bitcast<u32>(otherKey) > bitcast<u32>(key) || (otherKey == key && otherIndex < index);
}
fn main() {
  let slot = i32(globalId.x);
  let count = uniforms.outShape[1];
  if (slot >= count) { return; }
  let pair = best[${SLOTS / 4} + slot / 2];
  let key = select(pair.x, pair.z, slot % 2 == 1);
  let index = select(pair.y, pair.w, slot % 2 == 1);
  var place = 0;
  for (var two = 0; two < count / 2; two++) {
    let other = best[${SLOTS / 4} + two];
    place += select(0, 1, isBefore(key, index, other.x, other.y));
    place += select(0, 1, isBefore(key, index, other.z, other.w));
  }
  if (count % 2 == 1) {
    let other = best[${SLOTS / 4} + count / 2];
    place += select(0, 1, isBefore(key, index, other.x, other.y));
  }
  let shapes = uniforms.cellShape[0];
  let at = index / shapes;
  let row = at / uniforms.columns;
  let centre = (vec2<f32>(f32(at - row * uniforms.columns), f32(row)) + 0.5) * uniforms.stride;
  let anchor = centre.xyxy + cell[index - at * shapes];
  let delta = deltas[index];
  let size = anchor.zw - anchor.xy;
  let middle = anchor.xy + size / 2.0 + delta.xy * size;
  let half = size * exp(min(delta.zw, vec2<f32>(${MAX_LOG_SCALE}))) / 2.0;
  let box = min(max(vec4<f32>(middle - half, middle + half), vec4<f32>(0.0)), uniforms.limit.xyxy);
  let sides = box.zw - box.xy;
  let large = min(sides.x, sides.y) >= uniforms.minSize && !any(isnanVec4(delta));
  result[2 * place] = box;
  result[2 * place + 1] = vec4<f32>(f32(index), objectness[index], select(0.0, 1.0, large), sides.x * sides.y);
}`,
  });
}
