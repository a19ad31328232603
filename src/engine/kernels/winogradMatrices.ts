/**
 * Winograd's minimal filtering for 3 x 3 filters (Lavin and Gray, CVPR 2016): an m x m block of outputs is
 * A^T [(G g G^T) * (B^T d B)] A, with (m + 2)^2 multiplications a channel instead of 9 m^2. The matrices
 * are theirs; here they are also turned into WGSL.
 */

type Matrix = readonly (readonly number[])[];

export interface Winograd {
  /** m: outputs along a side of a tile */
  readonly outputs: 2 | 4;
  /** m + 2: inputs along a side */
  readonly inputs: 4 | 6;
  /** B^T */
  readonly input: Matrix;
  /** G */
  readonly filter: Matrix;
  /** A^T */
  readonly output: Matrix;
  /** Whether transformed tiles and filters are stored as halves (halves.ts). */
  readonly halves?: true;
}

/** F(2 x 2, 3 x 3): 2.25 times fewer multiplications. */
export const F2: Winograd = {
  outputs: 2,
  inputs: 4,
  input: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  filter: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
};

/** F(4 x 4, 3 x 3): 4 times fewer, at some digits' cost. */
export const F4: Winograd = {
  outputs: 4,
  inputs: 6,
  input: [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ],
  filter: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ],
};

/** F(2 x 2, 3 x 3), stored as halves: less to read, at three digits' precision. */
export const F2_HALVES: Winograd = { ...F2, halves: true };

/**
 * WGSL for M a M^T, unrolled: `let` for each value on the way.
 * @param matrix M, of r rows and k columns
 * @param from the name of a's value in row i and column j
 * @param to the name for the result's, r x r of them
 */
export function bothSides(
  matrix: Matrix,
  from: (i: number, j: number) => string,
  to: (i: number, j: number) => string,
): string {
  const columns = (matrix[0] as readonly number[]).map((_, j) => j);
  const half = (i: number, j: number) => `half_${to(i, j)}`;
  const lines = [
    ...columns.flatMap((j) =>
      matrix.map((row, i) => `let ${half(i, j)} = ${combine(row, (k) => from(k, j))};`),
    ),
    ...matrix.flatMap((_, i) =>
      matrix.map((row, l) => `let ${to(i, l)} = ${combine(row, (k) => half(i, k))};`),
    ),
  ];
  return lines.join('\n');
}

/** A sum of named values, each times its coefficient. */
function combine(coefficients: readonly number[], name: (k: number) => string): string {
  return coefficients
    .flatMap((factor, k) => {
      if (factor === 0) return [];
      if (Math.abs(factor) === 1) return [`${factor < 0 ? '-' : ''}${name(k)}`];
      return [`${asFloat(factor)} * ${name(k)}`];
    })
    .join(' + ');
}

function asFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
