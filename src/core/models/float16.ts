/**
 * Half precision (IEEE 754 binary16) for weights and cached features: they are stored in two bytes a number and widened
 * before use. Node 20 and older browsers have no Float16Array, so both directions go through small tables here (after
 * J. van der Zijp, "Fast Half Float Conversions"), with the rounding to nearest even that the tables alone do not do.
 */

const SIGN_AND_EXPONENT = 512; // the upper 9 bits of a float32
const HIDDEN_BIT = 0x800000;

/** For each sign and exponent of a float32: what to add to the shifted mantissa, and by how much to shift it. */
const base = new Uint16Array(SIGN_AND_EXPONENT);
const shift = new Uint8Array(SIGN_AND_EXPONENT);
for (let i = 0; i < SIGN_AND_EXPONENT; i++) {
  const sign = i & 0x100 ? 0x8000 : 0;
  const exponent = (i & 0xff) - 127;
  if (exponent < -14) {
    // A half subnormal, or zero: the hidden bit becomes visible and moves right. A shift of 25 leaves nothing.
    base[i] = sign;
    shift[i] = Math.min(25, -1 - exponent);
  } else if (exponent <= 15) {
    // The hidden bit lands on the exponent's lowest bit, hence one less than the biased exponent.
    base[i] = sign + ((exponent + 14) << 10);
    shift[i] = 13;
  } else {
    base[i] = sign + 0x7c00; // too large for a half: infinity
    shift[i] = 25;
  }
}

/** The float32 bits of each of the 65,536 halves; made on first use (256 KiB). */
let widened: Uint32Array | undefined;

function widenedTable(): Uint32Array {
  if (widened) return widened;
  const table = new Uint32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    let mantissa = half & 0x3ff;
    if (exponent === 31) {
      table[half] = sign | 0x7f800000 | (mantissa << 13);
    } else if (exponent > 0) {
      table[half] = sign | ((exponent + 112) << 23) | (mantissa << 13);
    } else if (mantissa === 0) {
      table[half] = sign;
    } else {
      let biased = 113; // a half subnormal is a normal float32
      while ((mantissa & 0x400) === 0) {
        mantissa <<= 1;
        biased--;
      }
      table[half] = sign | (biased << 23) | ((mantissa & 0x3ff) << 13);
    }
  }
  widened = table;
  return table;
}

/**
 * Rounds float32 values to halves, to nearest, ties to even; values beyond 65,519 become infinity and NaN stays NaN.
 * @param values any number of float32 values
 * @param out where to write, at least as long as `values`; a new array when left out
 * @returns the bits of the halves
 */
export function toFloat16(
  values: Float32Array,
  out: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i] as number;
    const head = b >>> 23;
    const fraction = b & 0x7fffff;
    if ((head & 0xff) === 0xff && fraction !== 0) {
      // Keep what fits of a NaN's payload, and never let it become infinity.
      out[i] = ((b >>> 16) & 0x8000) | 0x7c00 | (fraction >>> 13 || 0x200);
      continue;
    }
    const s = shift[head] as number;
    const mantissa = fraction | HIDDEN_BIT;
    const half = (1 << (s - 1)) - 1 + ((mantissa >>> s) & 1);
    out[i] = (base[head] as number) + ((mantissa + half) >>> s);
  }
  return out;
}

/**
 * Widens halves to float32; every half has an exact float32.
 * @param halves the bits of any number of halves
 * @param out where to write, at least as long as `halves`; a new array when left out
 */
export function fromFloat16(
  halves: Uint16Array,
  out: Float32Array = new Float32Array(halves.length),
): Float32Array {
  const table = widenedTable();
  // Through the bits, so that a signalling NaN is not quieted on its way.
  const bits = new Uint32Array(out.buffer, out.byteOffset, halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i] as number] as number;
  return out;
}
