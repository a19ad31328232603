/**
 * Eight bits a weight, for a shorter download: each output channel of a kernel (its last axis) has a scale of its own, and
 * its values are whole multiples of that, -127 to 127. Stored are the scales as float32, then the multiples, row-major.
 * A scale that clips the largest few values may lose less than one that reaches them, so a few are tried.
 */

/** The largest multiple; -128 is left out so that both signs reach as far. */
const MOST = 127;
/** Shares of a channel's largest value that the scale may reach to. */
const REACHES = Array.from({ length: 12 }, (_, index) => 1 - 0.04 * index);

/** The bytes of a kernel of that many values and output channels. */
export const int8Bytes = (values: number, channels: number): number => 4 * channels + values;

/**
 * Rounds a kernel to eight bits a value, each channel by the scale that loses least in the mean square.
 * @param values row-major, the output channels last
 * @param channels how many there are
 * @returns scales and multiples as they are stored
 */
export function toInt8(values: Float32Array, channels: number): Uint8Array {
  const bytes = new Uint8Array(int8Bytes(values.length, channels));
  const scales = new Float32Array(bytes.buffer, 0, channels);
  const levels = new Int8Array(bytes.buffer, 4 * channels);
  for (let channel = 0; channel < channels; channel++) {
    const scale = bestScale(values, channel, channels);
    scales[channel] = scale;
    for (let i = channel; i < values.length; i += channels) {
      levels[i] = levelOf(values[i] as number, scale);
    }
  }
  return bytes;
}

/**
 * The kernel again.
 * @param bytes as `toInt8` made them
 */
export function fromInt8(bytes: Uint8Array, channels: number): Float32Array {
  const scales = new Float32Array(bytes.slice(0, 4 * channels).buffer);
  const levels = new Int8Array(bytes.buffer, bytes.byteOffset + 4 * channels);
  const values = new Float32Array(bytes.length - 4 * channels);
  for (let i = 0, channel = 0; i < values.length; i++) {
    values[i] = (levels[i] as number) * (scales[channel] as number);
    if (++channel === channels) channel = 0;
  }
  return values;
}

function levelOf(value: number, scale: number): number {
  return scale === 0 ? 0 : Math.max(-MOST, Math.min(MOST, Math.round(value / scale)));
}

function bestScale(values: Float32Array, channel: number, channels: number): number {
  let largest = 0;
  for (let i = channel; i < values.length; i += channels) {
    largest = Math.max(largest, Math.abs(values[i] as number));
  }
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (const reach of REACHES) {
    // As it will be stored, so that the error is the one there will be.
    const scale = Math.fround((reach * largest) / MOST);
    let error = 0;
    for (let i = channel; i < values.length; i += channels) {
      const value = values[i] as number;
      error += (value - scale * levelOf(value, scale)) ** 2;
    }
    if (error < least) [best, least] = [scale, error];
  }
  return best;
}
