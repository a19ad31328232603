/**
 * Half-precision storage for what lies between a Winograd convolution's kernels: transformed tiles and
 * transformed filters in two bytes a number. They are unpacked as they are read, and everything is computed and
 * summed in float32. Two numbers share a word and go through WGSL's pack2x16float and unpack2x16float rather
 * than its type f16, for tfjs writes the head of each shader and asks for the device without that extension; where
 * the adapter has it, both are the same instructions.
 *
 * A half reaches to 65,504 with eleven bits. VGG16's features go to some thousands and its filters are far below
 * 1, so tiles are divided and filters multiplied by the same number: products stay as they are.
 */

const SCALE = 2 ** 8;
const LARGEST = 65_504;

/** Words that hold four halves are read and written as this. */
export const HALVES_COMPONENTS = 2;

/** WGSL functions for kernels that read halves. */
export const READ_HALVES = `
fn halves(packed : vec2<i32>) -> vec4<f32> {
  let words = bitcast<vec2<u32>>(packed);
  return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}`;

/** WGSL: four numbers of a transformed filter, packed. */
export function packFilters(vector: string): string {
  const two = (part: string) => `pack2x16float(${vector}.${part} * ${SCALE}.0)`;
  return `bitcast<vec2<i32>>(vec2<u32>(${two('xy')}, ${two('zw')}))`;
}

/** WGSL: the numbers of two transformed tiles, packed into a word. */
export function packTiles(first: string, second: string): string {
  const scaled = `vec2<f32>(${first}, ${second}) * ${1 / SCALE}`;
  return `bitcast<i32>(pack2x16float(clamp(${scaled}, vec2<f32>(-${LARGEST}.0), vec2<f32>(${LARGEST}.0))))`;
}
