/**
 * Chapter 1: the box coder. Encoding and decoding are each other's inverse, and the deltas mean
 * what Faster R-CNN's equation 2 says.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packBoxes } from '../../src/core/boxes/box.ts';
import { BoxCoder } from '../../src/core/boxes/boxCoder.ts';
import { largestError } from '../support/fixture.ts';
import { anyBox } from './anyBox.ts';

const plain = new BoxCoder([1, 1, 1, 1]);
const weighted = new BoxCoder([10, 10, 5, 5]);

describe('the box coder', () => {
  test('decodes what it encoded', () => {
    fc.assert(
      fc.property(anyBox, anyBox, (target, reference) => {
        // Beyond a growth of 62.5 decoding is clamped, by design.
        const growth = (from: 0 | 1, to: 2 | 3) =>
          (target[to] - target[from]) / (reference[to] - reference[from]);
        fc.pre(growth(0, 2) < 60 && growth(1, 3) < 60);
        const targets = packBoxes([target]);
        const references = packBoxes([reference]);
        for (const coder of [plain, weighted]) {
          const decoded = coder.decode(coder.encode(targets, references), references);
          expect(largestError(decoded, targets)).toBeLessThan(0.02);
        }
      }),
    );
  });

  test('says the shift in units of the reference and the growth as a logarithm', () => {
    const deltas = plain.encode(packBoxes([[10, 20, 30, 60]]), packBoxes([[0, 0, 20, 20]]));
    expect(Array.from(deltas)).toEqual([0.5, 1.5, 0, Math.fround(Math.log(2))]);
    const scaled = weighted.encode(packBoxes([[10, 20, 30, 60]]), packBoxes([[0, 0, 20, 20]]));
    expect(largestError(scaled, [5, 15, 0, 5 * Math.log(2)])).toBeLessThan(1e-6);
  });

  test('keeps any prediction finite and, with a limit, inside the picture', () => {
    const value = fc.float({ noNaN: true, min: -1e4, max: 1e4 });
    fc.assert(
      fc.property(fc.tuple(value, value, value, value), anyBox, (deltas, reference) => {
        const boxes = plain.decode(Float32Array.from(deltas), packBoxes([reference]), {
          width: 640,
          height: 480,
        });
        for (const [index, limit] of [640, 480, 640, 480].entries()) {
          expect(boxes[index]).toBeGreaterThanOrEqual(0);
          expect(boxes[index]).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});
