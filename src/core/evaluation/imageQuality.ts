/**
 * How near a picture comes to the true one: PSNR and SSIM (Wang, Bovik, Sheikh and Simoncelli 2004),
 * as the super-resolution literature computes them, on one channel of 8-bit values.
 */

/** One channel, rows from the top, values 0..255. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** SSIM's window: a Gaussian of 11 x 11 pixels with a deviation of 1.5. */
const WINDOW = 11;
const DEVIATION = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * The peak signal-to-noise ratio in decibels; infinite for equal pictures.
 * @throws RangeError when the two differ in size
 */
export function psnr(picture: Plane, truth: Plane): number {
  checkSizes(picture, truth);
  let sum = 0;
  for (let i = 0; i < truth.data.length; i++) {
    sum += ((picture.data[i] as number) - (truth.data[i] as number)) ** 2;
  }
  return 10 * Math.log10((255 * 255 * truth.data.length) / sum);
}

/**
 * The mean structural similarity, over the windows that lie inside the picture, without shrinking it
 * first.
 * @returns at most 1; NaN for a picture that is smaller than the window of 11 pixels
 * @throws RangeError when the two differ in size
 */
export function ssim(picture: Plane, truth: Plane): number {
  checkSizes(picture, truth);
  const { width, height } = truth;
  const [a, b] = [picture.data, truth.data];
  const product = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    blurred({ width, height, data: Float64Array.from(x, (v, i) => v * (y[i] as number)) });
  const [meanA, meanB] = [blurred({ ...picture, data: a }), blurred({ ...truth, data: b })];
  const [aa, bb, ab] = [product(a, a), product(b, b), product(a, b)];
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const [x, y] = [meanA[i] as number, meanB[i] as number];
    const [xx, yy, xy] = [x * x, y * y, x * y];
    const variances = (aa[i] as number) - xx + (bb[i] as number) - yy;
    const covariance = (ab[i] as number) - xy;
    sum += ((2 * xy + C1) * (2 * covariance + C2)) / ((xx + yy + C1) * (variances + C2));
  }
  return sum / meanA.length;
}

/** Without a border of so many pixels on all sides, where every method guesses. */
export function withoutBorder({ width, height, data }: Plane, border: number): Plane {
  const [inner, rows] = [width - 2 * border, height - 2 * border].map((n) => Math.max(0, n)) as [
    number,
    number,
  ];
  const result = new Float64Array(inner * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < inner; x++) {
      result[y * inner + x] = data[(y + border) * width + x + border] as number;
    }
  }
  return { width: inner, height: rows, data: result };
}

function checkSizes(a: Plane, b: Plane): void {
  if (a.width !== b.width || a.height !== b.height || a.data.length !== b.data.length) {
    throw new RangeError(
      `Pictures of ${a.width} x ${a.height} and ${b.width} x ${b.height} pixels cannot be compared.`,
    );
  }
}

const GAUSSIAN = ((): Float64Array => {
  const values = Float64Array.from({ length: WINDOW }, (_, i) =>
    Math.exp(-((i - (WINDOW - 1) / 2) ** 2) / (2 * DEVIATION ** 2)),
  );
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
})();

/** Means under the Gaussian window, where it lies inside. */
function blurred({ width, height, data }: Plane): Float64Array {
  const [columns, rows] = [width - WINDOW + 1, height - WINDOW + 1];
  if (columns <= 0 || rows <= 0) return new Float64Array();
  const across = new Float64Array(columns * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k++) {
        sum += (GAUSSIAN[k] as number) * (data[y * width + x + k] as number);
      }
      across[y * columns + x] = sum;
    }
  }
  const result = new Float64Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k++) {
        sum += (GAUSSIAN[k] as number) * (across[(y + k) * columns + x] as number);
      }
      result[y * columns + x] = sum;
    }
  }
  return result;
}
