/**
 * Winograd's matrices: with them the transformed product is the convolution itself, for every tile.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bothSides, F2, F4, type Winograd } from '../../src/engine/kernels/winogradMatrices.ts';

type Matrix = readonly (readonly number[])[];

const multiply = (a: Matrix, b: Matrix) =>
  a.map((row) =>
    (b[0] as readonly number[]).map((_, j) =>
      row.reduce((sum, value, k) => sum + value * (b[k]?.[j] as number), 0),
    ),
  );
const transpose = (a: Matrix) =>
  (a[0] as readonly number[]).map((_, j) => a.map((row) => row[j] as number));
const around = (m: Matrix, a: Matrix) => multiply(multiply(m, a), transpose(m));

const square = (side: number) => {
  const row = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: side, maxLength: side });
  return fc.array(row, { minLength: side, maxLength: side });
};

describe.each([
  ['F(2 x 2, 3 x 3)', F2],
  ['F(4 x 4, 3 x 3)', F4],
])('%s', (_, { input, filter, output, inputs, outputs }: Winograd) => {
  test('computes the convolution of a tile', () => {
    fc.assert(
      fc.property(square(inputs), square(3), (tile, weights) => {
        const transformed = around(filter, weights);
        const products = around(input, tile).map((row, i) =>
          row.map((value, j) => value * (transformed[i]?.[j] as number)),
        );
        around(output, products).forEach((row, y) => {
          row.forEach((value, x) => {
            let expected = 0;
            for (let k = 0; k < 9; k++) {
              const [dy, dx] = [Math.floor(k / 3), k % 3];
              expected += (tile[y + dy]?.[x + dx] as number) * (weights[dy]?.[dx] as number);
            }
            expect(value).toBeCloseTo(expected, 6);
          });
        });
      }),
    );
  });

  test('is the same as WGSL', () => {
    // The lines are JavaScript, too, once `let` declares and numbers are taken as they are.
    const random = Array.from({ length: inputs }, (_, i) =>
      Array.from({ length: inputs }, (_, j) => Math.sin(i * 7 + j * 3)),
    );
    const code = bothSides(
      input,
      (i, j) => `d[${i}][${j}]`,
      (i, j) => `v${i}${j}`,
    );
    const all = input.map((_, i) => `[${input.map((_, j) => `v${i}${j}`).join(',')}]`).join(',');
    const values = new Function('d', `${code}; return [${all}];`)(random) as number[][];
    around(input, random).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(values[i]?.[j]).toBeCloseTo(value, 9);
      });
    });
    expect(outputs + 2).toBe(inputs);
  });
});
