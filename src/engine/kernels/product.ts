/**
 * The matrix products in the middle of a Winograd convolution: for each place of the transformed tile,
 * tiles x channels times channels x filters. Without barriers: a thread computes `tiles` rows for `vectors`
 * times four filters, all in registers. For each channel it reads the tiles' values, which lie next to each
 * other (a block of eight tiles is kept together, channel after channel), and `vectors` times four weights.
 * The threads of a workgroup lie along the filters: they share the tiles' values, and their weights adjoin.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { HALVES_COMPONENTS, READ_HALVES } from './halves.ts';
import { range, runKernel, type WebGPUBackend } from './program.ts';

/** Tiles whose values are kept next to each other. */
export const TILE_BLOCK = 8;

export interface ProductBlock {
  readonly tiles: 4 | 8;
  readonly vectors: number;
  /** threads of a workgroup, along the filters and along the tiles */
  readonly threads: readonly [number, number];
}

/**
 * @param a `[places, blocks, channels, TILE_BLOCK]`
 * @param b `[places, channels, filters]`; both as halves have half as many words along their last axis
 * @returns `[places, blocks * TILE_BLOCK, filters]`, the caller's to dispose, or `into`
 */
export function multiply(
  backend: WebGPUBackend,
  a: TensorInfo,
  b: TensorInfo,
  block: ProductBlock,
  into?: TensorInfo,
): TensorInfo {
  const [places, blocks] = a.shape as [number, number];
  const halves = b.dtype === 'int32';
  const components = halves ? HALVES_COMPONENTS : 4;
  const filters = (b.shape[2] as number) * (halves ? 2 : 1);
  const { tiles, vectors, threads } = block;
  const [across, along] = threads;
  const rows = blocks * TILE_BLOCK;
  return runKernel(backend, {
    key: `product_${tiles}_${vectors}_${b.dtype}`,
    inputs: [
      { name: 'a', components, tensor: a },
      { name: 'b', components, tensor: b },
    ],
    output: { shape: [places, rows, filters], components: 4, ...(into && { into }) },
    workgroup: [across, along, 1],
    dispatch: [
      Math.ceil(filters / (4 * vectors * across)),
      Math.ceil(rows / (tiles * along)),
      places,
    ],
    code: () => productCode(block, halves),
  });
}

function productCode(
  { tiles, vectors, threads: [across, along] }: ProductBlock,
  halves: boolean,
): string {
  const [T, V] = [range(tiles), range(vectors)];
  const lines = (list: string[]) => list.join('\n');
  const value = (t: number) => `x${t >> 2}.${'xyzw'[t & 3]}`;
  const read = (four: string) => (halves ? `halves(${four})` : four);
  return `
${halves ? READ_HALVES : ''}
fn main() {
  let filters4 = uniforms.outShape[2] / 4;
  let channels = uniforms.aShape[2];
  let place = i32(workgroupId.z);
  let tile = (i32(workgroupId.y) * ${along} + i32(localId.y)) * ${tiles};
  if (tile >= uniforms.outShape[1]) { return; }
  let n4 = i32(workgroupId.x) * ${vectors * across} + i32(localId.x);
  let block = tile / ${TILE_BLOCK};
  var at = ((place * uniforms.aShape[1] + block) * channels * ${TILE_BLOCK} + tile - block * ${TILE_BLOCK}) / 4;
  var w = place * channels * filters4 + n4;
  ${lines(T.flatMap((t) => V.map((v) => `var s${t}_${v} = vec4<f32>(0.0);`)))}
  for (var c = 0; c < channels; c++) {
    ${lines(range(tiles / 4).map((q) => `let x${q} = ${read(`a[at + ${q}]`)};`))}
    ${lines(V.map((v) => `let w${v} = ${read(`b[w + ${v * across}]`)};`))}
    ${lines(T.flatMap((t) => V.map((v) => `s${t}_${v} += ${value(t)} * w${v};`)))}
    at += ${TILE_BLOCK / 4};
    w += filters4;
  }
  let out = (place * uniforms.outShape[1] + tile) * filters4 + n4;
  ${lines(
    V.map(
      (v) => `if (n4 + ${v * across} < filters4) {
    ${lines(T.map((t) => `result[out + ${t} * filters4 + ${v * across}] = s${t}_${v};`))}
  }`,
    ),
  )}
}`;
}
