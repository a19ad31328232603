/**
 * The transforms of Winograd's F(2 x 2, 3 x 3) on the arrays of a map, unrolled by hand: B^T d B of each
 * 4 x 4 tile of the input, and A^T m A of the sixteen products with bias and ReLU. The channels are the
 * inner loop, so that every array is read and written in order.
 */

/** Rows of tiles of one picture of a batch, and the maps that they belong to. */
export interface Band {
  readonly image: number;
  /** the band's first row of tiles */
  readonly first: number;
  /** rows of tiles in the band, and tiles in a row */
  readonly down: number;
  readonly across: number;
  /** height, width and channels */
  readonly input: readonly [number, number, number];
  readonly output: readonly [number, number, number];
  /** rows of zeros above the input and columns of zeros at its left */
  readonly padding: readonly [number, number];
}

/** The band's part of the input with the zeros around it: `[2 down + 2, 2 across + 2, channels]`. */
function paddedBand(band: Band, x: Float32Array): Float32Array {
  const [height, width, channels] = band.input;
  const [top, left] = band.padding;
  const columns = 2 * band.across + 2;
  const padded = new Float32Array((2 * band.down + 2) * columns * channels);
  const length = Math.min(width, columns - left) * channels;
  for (let row = 0; row < 2 * band.down + 2; row++) {
    const y = 2 * band.first + row - top;
    if (y < 0 || y >= height) continue;
    const from = (band.image * height + y) * width * channels;
    padded.set(x.subarray(from, from + length), (row * columns + left) * channels);
  }
  return padded;
}

type Sixteen = readonly [
  ...[Float32Array, Float32Array, Float32Array, Float32Array],
  ...[Float32Array, Float32Array, Float32Array, Float32Array],
  ...[Float32Array, Float32Array, Float32Array, Float32Array],
  ...[Float32Array, Float32Array, Float32Array, Float32Array],
];

/**
 * B^T d B of every tile of a band.
 *
 * @param x the whole input, `[batch, height, width, channels]`
 * @param places for each of the sixteen places of a tile `[tiles, channels]`, to be written
 */
export function transformInput(band: Band, x: Float32Array, places: readonly Float32Array[]): void {
  const [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15] =
    places as unknown as Sixteen;
  const d = paddedBand(band, x);
  const step = band.input[2];
  const row = (2 * band.across + 2) * step;
  let to = 0;
  for (let tile = 0; tile < band.down * band.across; tile++) {
    const corner = 2 * Math.floor(tile / band.across) * row + 2 * (tile % band.across) * step;
    for (let channel = 0; channel < step; channel++, to++) {
      const at = corner + channel;
      const a0 = d[at] as number;
      const a1 = d[at + step] as number;
      const a2 = d[at + 2 * step] as number;
      const a3 = d[at + 3 * step] as number;
      const b0 = d[at + row] as number;
      const b1 = d[at + row + step] as number;
      const b2 = d[at + row + 2 * step] as number;
      const b3 = d[at + row + 3 * step] as number;
      const c0 = d[at + 2 * row] as number;
      const c1 = d[at + 2 * row + step] as number;
      const c2 = d[at + 2 * row + 2 * step] as number;
      const c3 = d[at + 2 * row + 3 * step] as number;
      const e0 = d[at + 3 * row] as number;
      const e1 = d[at + 3 * row + step] as number;
      const e2 = d[at + 3 * row + 2 * step] as number;
      const e3 = d[at + 3 * row + 3 * step] as number;
      v0[to] = a0 - c0 - (a2 - c2);
      v1[to] = a1 - c1 + (a2 - c2);
      v2[to] = a2 - c2 - (a1 - c1);
      v3[to] = a1 - c1 - (a3 - c3);
      v4[to] = b0 + c0 - (b2 + c2);
      v5[to] = b1 + c1 + (b2 + c2);
      v6[to] = b2 + c2 - (b1 + c1);
      v7[to] = b1 + c1 - (b3 + c3);
      v8[to] = c0 - b0 - (c2 - b2);
      v9[to] = c1 - b1 + (c2 - b2);
      v10[to] = c2 - b2 - (c1 - b1);
      v11[to] = c1 - b1 - (c3 - b3);
      v12[to] = b0 - e0 - (b2 - e2);
      v13[to] = b1 - e1 + (b2 - e2);
      v14[to] = b2 - e2 - (b1 - e1);
      v15[to] = b1 - e1 - (b3 - e3);
    }
  }
}

export interface Finish {
  readonly bias: Float32Array | undefined;
  readonly relu: boolean;
}

/**
 * A^T m A of every tile of a band, into the output; what a tile has beyond the output's edges is dropped.
 *
 * @param places for each of the sixteen places of a tile `[tiles, filters]`
 * @param y the whole output, `[batch, height, width, filters]`, to be written
 */
export function transformOutput(
  band: Band,
  places: readonly Float32Array[],
  { bias, relu }: Finish,
  y: Float32Array,
): void {
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15] =
    places as unknown as Sixteen;
  const [height, width, filters] = band.output;
  const added = bias ?? new Float32Array(filters);
  // Compared so that NaN stays NaN, which is looked for at the end.
  const least = relu ? 0 : Number.NEGATIVE_INFINITY;
  const row = width * filters;
  let at = 0;
  for (let tile = 0; tile < band.down * band.across; tile++) {
    const top = 2 * (band.first + Math.floor(tile / band.across));
    const left = 2 * (tile % band.across);
    const corner = ((band.image * height + top) * width + left) * filters;
    const [hasRight, hasBelow] = [left + 1 < width, top + 1 < height];
    for (let filter = 0; filter < filters; filter++, at++) {
      const b = added[filter] as number;
      const n0 = m0[at] as number;
      const n1 = m1[at] as number;
      const n2 = m2[at] as number;
      const n3 = m3[at] as number;
      const n4 = m4[at] as number;
      const n5 = m5[at] as number;
      const n6 = m6[at] as number;
      const n7 = m7[at] as number;
      const n8 = m8[at] as number;
      const n9 = m9[at] as number;
      const n10 = m10[at] as number;
      const n11 = m11[at] as number;
      const n12 = m12[at] as number;
      const n13 = m13[at] as number;
      const n14 = m14[at] as number;
      const n15 = m15[at] as number;
      // Columns of A^T m that both outputs of a row need.
      const p1 = n1 + n5 + n9;
      const p2 = n2 + n6 + n10;
      const q1 = n5 - n9 - n13;
      const q2 = n6 - n10 - n14;
      const to = corner + filter;
      const y00 = n0 + n4 + n8 + p1 + p2 + b;
      y[to] = y00 < least ? least : y00;
      if (hasRight) {
        const y01 = p1 - p2 - (n3 + n7 + n11) + b;
        y[to + filters] = y01 < least ? least : y01;
      }
      if (!hasBelow) continue;
      const y10 = n4 - n8 - n12 + q1 + q2 + b;
      y[to + row] = y10 < least ? least : y10;
      if (!hasRight) continue;
      const y11 = q1 - q2 - (n7 - n11 - n15) + b;
      y[to + row + filters] = y11 < least ? least : y11;
    }
  }
}
