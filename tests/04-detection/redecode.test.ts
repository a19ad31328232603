/**
 * Chapter 4: re-decoding. With a head's own anchors it says what the head says; with others each trained
 * size answers for a tuned one, in order, and as near to its own as that allows.
 */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { answeringRatios, answeringSizes, redecode } from '../../src/core/detection/redecode.ts';
import { filterProposals } from '../../src/core/detection/rpn.ts';
import type { RpnAnswer } from '../../src/core/detection/rpnAnswer.ts';
import { rpnFromModel } from '../../src/core/detection/rpnModel.ts';
import { requireTrunk, trunkHashes } from '../../src/core/detection/trunk.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { describeOnBackends } from '../support/backends.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';
import { tinyRpnSource } from '../support/tinyRpn.ts';

const OPTIONS = { preNmsTopN: 100, postNmsTopN: 20, nmsThreshold: 0.7, minSize: 1 };
const SIZE = { width: 62, height: 45 };

const sizes = fc.uniqueArray(fc.integer({ min: 4, max: 200 }), { minLength: 1, maxLength: 5 });

/** Every way for trained sizes to answer: all that keep the order and neither skip nor double needlessly. */
function ways(tuned: number, trained: number): number[][] {
  const shares = tuned > trained;
  let all: number[][] = [[]];
  for (let rank = 0; rank < tuned; rank++) {
    all = all.flatMap((way) =>
      Array.from({ length: trained }, (_, j) => [...way, j]).filter((next) => {
        const [before, last] = [next.at(-2) ?? -1, next.at(-1) as number];
        if (!shares) return last > before;
        return rank === 0 ? last === 0 : last === before || last === before + 1;
      }),
    );
  }
  return shares ? all.filter((way) => way.at(-1) === trained - 1) : all;
}

describe('which size answers', () => {
  const at = (values: readonly number[], index: number | undefined) =>
    values[index as number] as number;
  const ranked = (values: readonly number[]) => values.toSorted((a, b) => a - b);

  it('is the k-th for the k-th, where there are as many', () => {
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.integer({ min: 4, max: 200 })), (trained, stream) => {
        const tuned = trained.map(() => stream.next().value as number);
        const answers = answeringSizes(tuned, trained);
        expect(ranked(tuned)).toEqual(
          [...tuned.keys()]
            .sort((a, b) => at(trained, answers[a]) - at(trained, answers[b]))
            .map((index) => tuned[index]),
        );
        expect(new Set(answers).size).toBe(trained.length);
      }),
    );
  });

  it('is never further away in all than it has to be', () => {
    fc.assert(
      fc.property(sizes, sizes, (tuned, trained) => {
        const [own, theirs] = [ranked(tuned), ranked(trained)];
        const distance = (a: number | undefined, b: number | undefined) =>
          Math.abs(Math.log((a as number) / (b as number)));
        const cost = (way: readonly number[]) =>
          way.reduce((sum, j, rank) => sum + distance(own[rank], theirs[j]), 0);
        const least = Math.min(...ways(own.length, theirs.length).map(cost));
        const answers = answeringSizes(tuned, trained);
        const mine = answers.reduce((sum, j, i) => sum + distance(tuned[i], trained[j]), 0);
        expect(mine).toBeCloseTo(least, 9);
        expect(new Set(answers).size).toBe(Math.min(tuned.length, trained.length));
      }),
    );
  });

  it('and which ratio, is the nearest', () => {
    expect(answeringRatios([1, 0.5, 3], [0.5, 1, 2])).toEqual([1, 0, 2]);
  });
});

describe('re-decoding', () => {
  const set = { sizes: [10, 20], aspectRatios: [1, 2] };
  const rows = 3;
  const columns = 4;
  const count = rows * columns * 4;
  const numbers = (length: number) =>
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });
  const anyAnswer = fc.tuple(numbers(count), numbers(4 * count)).map(
    ([objectness, deltas]): RpnAnswer => ({
      ...{ rows, columns, set, stride: 16 },
      objectness: Float32Array.from(objectness),
      deltas: Float32Array.from(deltas),
    }),
  );

  it('with the anchors of the head gives its own proposals', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const anchors = new AnchorGenerator(set, 16).generate(rows, columns);
        const { objectness, deltas } = answer;
        const own = filterProposals(objectness, deltas, anchors, SIZE, OPTIONS);
        expect(redecode(answer, set, SIZE, OPTIONS)).toEqual(own);
      }),
    );
  });

  it('does not depend on the order in which sizes are given', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const there = redecode(answer, { sizes: [12, 30], aspectRatios: [1] }, SIZE, OPTIONS);
        const back = redecode(answer, { sizes: [30, 12], aspectRatios: [1] }, SIZE, OPTIONS);
        expect(back.objectness).toEqual(there.objectness);
      }),
    );
  });

  it('makes a box larger as its anchor grows', () => {
    const objectness = new Float32Array(count).fill(-9);
    objectness[4 * 5] = 9; // the square of 10 px in the second row and column
    const answer = {
      rows,
      columns,
      set,
      stride: 16,
      objectness,
      deltas: new Float32Array(4 * count),
    };
    const [first] = [
      redecode(answer, { sizes: [14, 20], aspectRatios: [1, 2] }, SIZE, OPTIONS).boxes,
    ];
    expect([...(first?.subarray(0, 4) ?? [])]).toEqual([17, 17, 31, 31]);
  });
});

describeOnBackends('A head of its own', () => {
  it('slides over a tap, knows its trunk, and refuses another', async () => {
    const tensors = tf.memory().numTensors;
    const detector = await loadModel(tinyDetectorSource());
    const head = await loadModel(tinyRpnSource());
    const { rpn, config } = rpnFromModel(head);
    expect(() => requireTrunk('The head tiny-rpn', config.trunk, detector.manifest)).not.toThrow();
    const other = { name: 'household', sha256: ['00'] };
    expect(() => requireTrunk('The head rpn-chen', other, detector.manifest)).toThrow(
      'The head rpn-chen was trained on the trunk of household, and tiny has another one; choose household to use it.',
    );
    expect(trunkHashes(detector.manifest)).toHaveLength(1);
    expect(() => rpnFromModel(detector)).toThrow(/is not a region proposal network/);

    const features = tf.zeros<tf.Rank.R4>([1, 3, 4, 4]);
    const answer = await rpn.answer(features);
    expect(answer).toMatchObject({ rows: 3, columns: 4, stride: 16 });
    expect(answer.deltas).toHaveLength(4 * answer.objectness.length);
    expect(redecode(answer, answer.set, SIZE, OPTIONS)).toEqual(
      await rpn.propose(features, SIZE, OPTIONS),
    );
    tf.dispose(features);
    head.dispose();
    detector.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
