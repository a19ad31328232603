/**
 * The best of many scores on the device, as `argsortDescending` (src/core/boxes/nms.ts) chooses them:
 * equal scores by their order, NaN as if it were minus infinity.
 *
 * A radix select finds the score of the last wanted place without sorting anything. Each float becomes
 * an unsigned key that sorts as the float does. A histogram of the keys' upper 16 bits tells in which of
 * 65,536 bins that place is, one of the lower 16 bits of the keys in this bin tells the key itself, and a
 * third, of the indices of those that have this key, tells how far from the start they are wanted. Three
 * times a thread a score and one atomic addition, then one workgroup that walks through the bins; so many
 * bins that the additions seldom meet. At last each score knows by itself whether it is among the best,
 * and takes the next free slot; the slots are in no order.
 *
 * All is in one buffer of integers, for a program of tfjs has one output: the three histograms, what is
 * known so far, the next free slot, and the slots.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel, runKernel, type WebGPUBackend } from './program.ts';

/** Threads of a workgroup where each does one thing of many: 65,535 workgroups do for 4 million. */
export const THREADS = 64;

const BINS = 65_536;
const TURNS = 3;
/** Where in the buffer there is for each turn the bin of the last wanted place, and its place there, from 1. */
const FOUND = TURNS * BINS;
const NEXT_SLOT = FOUND + 2 * TURNS;
/** Where the slots begin, in numbers: of each a key and an index. A multiple of four. */
export const SLOTS = NEXT_SLOT + 2;

/** Threads that walk through the bins together. */
const WALKERS = 256;

/** WGSL: the key of a score. */
const KEY_OF = `
fn keyOf(score: f32) -> u32 {
  let bits = bitcast<u32>(score);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0x007fffffu; } // NaN: as minus infinity
  if (magnitude == 0u) { return 0x80000000u; } // 0 and -0 are equal
  return select(bits | 0x80000000u, ~bits, bits > 0x7fffffffu);
}`;

/**
 * Records the choice of the best.
 *
 * @param scores `[count]`
 * @param wanted 1 to count
 * @returns integers of which those from `SLOTS` on are the keys and indices of the best, in no order;
 *   the caller's to dispose
 */
export function chooseBest(backend: WebGPUBackend, scores: TensorInfo, wanted: number): TensorInfo {
  const count = scores.shape[0] as number;
  // A bin of the third turn is of so many neighbours.
  const span = Math.ceil(count / BINS);
  const shape = [1, 1, SLOTS + 4 * Math.ceil(wanted / 2)];
  const clear: Kernel = {
    key: 'top_k_clear',
    inputs: [],
    output: { shape, components: 4, type: 'int32' },
    // tfjs binds uniforms always: a program that used none would not fit.
    uniforms: { vectors: [SLOTS / 4] },
    workgroup: [THREADS, 1, 1],
    dispatch: [Math.ceil(SLOTS / 4 / THREADS), 1, 1],
    code: () => `
fn main() {
  let at = i32(globalId.x);
  if (at < uniforms.vectors) { result[at] = vec4<i32>(0); }
}`,
  };
  const work = runKernel(backend, clear);
  const perScore: Omit<Kernel, 'key' | 'code'> = {
    inputs: [{ name: 'scores', components: 1, tensor: scores }],
    output: { shape, components: 1, type: 'atomic', into: work },
    workgroup: [THREADS, 1, 1],
    dispatch: [Math.ceil(count / THREADS), 1, 1],
  };
  for (let turn = 0; turn < TURNS; turn++) {
    const uniforms = { turn: [turn], span: [span] };
    runKernel(backend, { ...perScore, key: 'top_k_histogram', uniforms, code: histogramCode });
    runKernel(backend, {
      key: 'top_k_walk',
      inputs: [],
      output: { shape, components: 1, type: 'int32', into: work },
      uniforms: { turn: [turn], wanted: [wanted] },
      workgroup: [WALKERS, 1, 1],
      dispatch: [1, 1, 1],
      code: walkCode,
    });
  }
  runKernel(backend, {
    ...perScore,
    key: 'top_k_take',
    uniforms: { span: [span] },
    code: takeCode,
  });
  return work;
}

/** A thread counts one score, in this turn's histogram if it can still be the last wanted one. */
const histogramCode = () => `
${KEY_OF}
fn main() {
  let index = i32(globalId.x);
  if (index >= uniforms.scoresShape) { return; }
  let key = keyOf(scores[index]);
  let upper = i32(key >> 16u);
  let lower = i32(key & 0xffffu);
  let turn = uniforms.turn;
  if (turn > 0 && upper != atomicLoad(&result[${FOUND}])) { return; }
  if (turn > 1 && lower != atomicLoad(&result[${FOUND + 2}])) { return; }
  var bin = upper;
  if (turn == 1) { bin = lower; }
  if (turn == 2) { bin = ${BINS - 1} - index / uniforms.span; }
  atomicAdd(&result[turn * ${BINS} + bin], 1);
}`;

/** One workgroup finds the bin where, counted from the highest, the wanted place is: a thread 256 bins. */
const walkCode = () => `
var<workgroup> sums: array<i32, ${WALKERS}>;
fn main() {
  let thread = i32(localId.x);
  let turn = uniforms.turn;
  var wanted = uniforms.wanted;
  if (turn > 0) { wanted = result[${FOUND} + 2 * turn - 1]; }
  let lowest = (${WALKERS - 1} - thread) * ${BINS / WALKERS};
  let at = turn * ${BINS} + lowest;
  var sum = 0;
  for (var bin = 0; bin < ${BINS / WALKERS}; bin++) { sum += result[at + bin]; }
  sums[thread] = sum;
  workgroupBarrier();
  var before = 0;
  for (var other = 0; other < thread; other++) { before += sums[other]; }
  if (before < wanted && before + sum >= wanted) {
    var bin = ${BINS / WALKERS - 1};
    while (bin > 0 && before + result[at + bin] < wanted) {
      before += result[at + bin];
      bin--;
    }
    result[${FOUND} + 2 * turn] = lowest + bin;
    result[${FOUND} + 2 * turn + 1] = wanted - before;
  }
}`;

/** A thread takes one score if it is among the best. Of neighbours in the last bin it counts those before it. */
const takeCode = () => `
${KEY_OF}
fn main() {
  let index = i32(globalId.x);
  if (index >= uniforms.scoresShape) { return; }
  let key = keyOf(scores[index]);
  let last = (u32(atomicLoad(&result[${FOUND}])) << 16u) | u32(atomicLoad(&result[${FOUND + 2}]));
  if (key < last) { return; }
  if (key == last) {
    let lastBin = atomicLoad(&result[${FOUND + 4}]);
    let bin = ${BINS - 1} - index / uniforms.span;
    if (bin < lastBin) { return; }
    if (bin == lastBin) {
      var before = 0;
      for (var other = index - index % uniforms.span; other < index; other++) {
        if (keyOf(scores[other]) == last) { before++; }
      }
      if (before >= atomicLoad(&result[${FOUND + 5}])) { return; }
    }
  }
  let slot = ${SLOTS} + 2 * atomicAdd(&result[${NEXT_SLOT}], 1);
  atomicStore(&result[slot], bitcast<i32>(key));
  atomicStore(&result[slot + 1], index);
}`;
