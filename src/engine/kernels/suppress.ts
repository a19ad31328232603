/**
 * Non-maximum suppression on the device, as `nms` (src/core/boxes/nms.ts) does it, of boxes that lie in
 * order of their scores.
 *
 * First a mask: for each box and each word of 32 boxes after it a thread says which of them overlap it too
 * much, one bit each. The threads of a workgroup have different boxes and the same word, whose boxes they
 * read together. Half of the words lie before their box and are never looked at.
 *
 * Then one workgroup goes through the words in order. Within a word one thread settles which boxes stay, by
 * the 32 masks of its boxes against itself, which the threads have fetched before; then all threads
 * strike out what these boxes suppress further on, a word each. So there are three barriers a word, and none
 * a box, and only what is kept has its masks read.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { runKernel, type WebGPUBackend } from './program.ts';
import { THREADS } from './topK.ts';

/** Words of boxes that the last step can keep in mind: 8,192 boxes. */
const MOST_WORDS = 256;

/**
 * Records the suppression.
 *
 * @param ranked `[1, count, 8]`, at most 8,192 boxes by falling score: four coordinates, two numbers that are
 *   carried along, 1 where the box may stay and else 0, and its area
 * @param limit 1 to count: at most so many are kept
 * @returns `[1, 1 + limit, 8]`: the first number of the first row tells how many are kept, the rows after it
 *   are theirs; the caller's to dispose
 */
export function suppress(
  backend: WebGPUBackend,
  ranked: TensorInfo,
  limit: number,
  iouThreshold: number,
): TensorInfo {
  const count = ranked.shape[1] as number;
  const words = Math.ceil(count / 32);
  const mask = runKernel(backend, {
    key: 'suppress_mask',
    inputs: [{ name: 'ranked', components: 4, tensor: ranked }],
    output: { shape: [1, 1, words * count], components: 1, type: 'int32' },
    uniforms: { words: [words] },
    floats: { threshold: [iouThreshold] },
    workgroup: [THREADS, 1, 1],
    dispatch: [Math.ceil((words * count) / THREADS), 1, 1],
    code: maskCode,
  });
  const kept = runKernel(backend, {
    key: 'suppress_keep',
    inputs: [
      { name: 'ranked', components: 4, tensor: ranked },
      { name: 'mask', components: 1, tensor: mask },
    ],
    output: { shape: [1, 1 + limit, 8], components: 4 },
    uniforms: { words: [words], limit: [limit] },
    workgroup: [THREADS, 1, 1],
    dispatch: [1, 1, 1],
    code: keepCode,
  });
  backend.disposeData(mask.dataId);
  return kept;
}

/** A thread: one box against a word of boxes. Of the box itself the bit says that it may not stay. */
const maskCode = () => `
fn main() {
  let count = uniforms.rankedShape[1];
  let word = i32(globalId.x) / count;
  let row = i32(globalId.x) - word * count;
  if (word >= uniforms.words || 32 * word + 31 < row) { return; }
  let box = ranked[2 * row];
  let about = ranked[2 * row + 1];
  var bits = 0u;
  for (var bit = 0; bit < 32; bit++) {
    let other = 32 * word + bit;
    if (other == row && about.z < 0.5) { bits |= 1u << u32(bit); }
    if (other > row && other < count) {
      let against = ranked[2 * other];
      let sides = max(min(box.zw, against.zw) - max(box.xy, against.xy), vec2<f32>(0.0));
      let intersection = sides.x * sides.y;
      let together = about.w + ranked[2 * other + 1].w - intersection;
      if (intersection > uniforms.threshold * together) { bits |= 1u << u32(bit); }
    }
  }
  result[row * uniforms.words + word] = bitcast<i32>(bits);
}`;

const keepCode = () => `
var<workgroup> gone: array<u32, ${MOST_WORDS}>;
var<workgroup> masks: array<u32, 32>;
var<workgroup> settled: u32;
fn main() {
  let thread = i32(localId.x);
  let count = uniforms.rankedShape[1];
  let words = uniforms.words;
  var kept = 0;
  for (var word = 0; word < words; word++) {
    let own = 32 * word + thread;
    if (thread < 32 && own < count) { masks[thread] = u32(mask[own * words + word]); }
    workgroupBarrier();
    if (thread == 0) {
      var out = gone[word];
      var chosen = 0u;
      for (var bit = 0; bit < min(32, count - 32 * word) && kept + i32(countOneBits(chosen)) < uniforms.limit; bit++) {
        let one = 1u << u32(bit);
        if (((out | masks[bit]) & one) == 0u) {
          chosen |= one;
          out |= masks[bit];
        }
      }
      settled = chosen;
    }
    let chosen = workgroupUniformLoad(&settled);
    if (thread < 32 && ((chosen >> u32(thread)) & 1u) == 1u) {
      let row = 1 + kept + i32(countOneBits(chosen & ((1u << u32(thread)) - 1u)));
      result[2 * row] = ranked[2 * own];
      result[2 * row + 1] = ranked[2 * own + 1];
    }
    kept += i32(countOneBits(chosen));
    if (kept >= uniforms.limit) { break; }
    for (var later = word + 1 + thread; later < words; later += ${THREADS}) {
      var out = gone[later];
      for (var left = chosen; left != 0u; left &= left - 1u) {
        out |= u32(mask[(32 * word + i32(firstTrailingBit(left))) * words + later]);
      }
      gone[later] = out;
    }
  }
  if (thread == 0) { result[0] = vec4<f32>(f32(kept), 0.0, 0.0, 0.0); result[1] = vec4<f32>(0.0); }
}`;
