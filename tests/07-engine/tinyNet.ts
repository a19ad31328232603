/**
 * The self-test's tiny net written a second time, with nothing but loops over JavaScript numbers:
 * the independent reference its stored outputs come from.
 */
import { NET, series } from '../../src/engine/selfTest.ts';

type Round = (value: number) => number;

/** `[height][width][channels]`, flat. */
interface Map3 {
  height: number;
  width: number;
  channels: number;
  at: (y: number, x: number, c: number) => number;
}

/** The 60 outputs in float64; `round` may spoil every layer's result, to play a weaker machine. */
export function tinyNetInFloat64(round: Round = (value) => value): number[] {
  const { height, width, channels, rows, outputs } = NET;
  const [c0, c1, c2] = channels;
  const input = map3(height, width, c0, series(height * width * c0, 1));
  const h1 = convolve(input, series(9 * c0 * c1, 2), c1, series(c1, 3), round);
  const h2 = convolve(h1, series(9 * c1 * c2, 4), c2, new Float32Array(c2), round);
  const pooled = pool(h2);
  const dense = series(c2 * outputs, 5);
  return rows.flatMap((row) => {
    const [y, x] = [Math.floor(row / pooled.width), row % pooled.width];
    const logits = Array.from({ length: outputs }, (_, o) => {
      let sum = 0;
      for (let c = 0; c < c2; c++) sum += pooled.at(y, x, c) * (dense[c * outputs + o] as number);
      return round(sum / 64);
    });
    const exponentials = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const total = exponentials.reduce((sum, e) => sum + e, 0);
    return [...logits, ...exponentials.map((e) => round(e / total))];
  });
}

function map3(height: number, width: number, channels: number, data: ArrayLike<number>): Map3 {
  const at = (y: number, x: number, c: number) => data[(y * width + x) * channels + c] as number;
  return { height, width, channels, at };
}

function convolve(
  x: Map3,
  kernel: Float32Array,
  outputs: number,
  bias: Float32Array,
  round: Round,
) {
  const data: number[] = [];
  for (let row = 0; row < x.height; row++) {
    for (let column = 0; column < x.width; column++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias[o] as number;
        for (let ky = 0; ky < 3; ky++) {
          for (let kx = 0; kx < 3; kx++) {
            const [y, xx] = [row + ky - 1, column + kx - 1];
            if (y < 0 || y >= x.height || xx < 0 || xx >= x.width) continue;
            for (let c = 0; c < x.channels; c++) {
              const weight = kernel[((ky * 3 + kx) * x.channels + c) * outputs + o] as number;
              sum += x.at(y, xx, c) * weight;
            }
          }
        }
        data.push(round(Math.max(0, sum)));
      }
    }
  }
  return map3(x.height, x.width, outputs, data);
}

function pool(x: Map3): Map3 {
  const [height, width] = [Math.floor(x.height / 2), Math.floor(x.width / 2)];
  const data: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let c = 0; c < x.channels; c++) {
        const [y, xx] = [2 * row, 2 * column];
        data.push(
          Math.max(x.at(y, xx, c), x.at(y, xx + 1, c), x.at(y + 1, xx, c), x.at(y + 1, xx + 1, c)),
        );
      }
    }
  }
  return map3(height, width, x.channels, data);
}
