/**
 * What a step of training RED-Net costs in arithmetic, about: its convolutions, which are nearly all
 * of it.
 */
import { redNetLayers } from '../../src/core/superResolution/redNet.ts';
import type { SrConfig } from './config.ts';

/** GFLOP of a step, multiplications and additions counting one each; forward, and backward twice. */
export function stepGflop({
  network,
  patch,
  batch,
}: Pick<SrConfig, 'network' | 'patch' | 'batch'>): number {
  const ofPixel = redNetLayers(network).map(({ inputs, filters }) => 18 * inputs * filters);
  return (3 * batch * patch ** 2 * ofPixel.reduce((a, b) => a + b, 0)) / 1e9;
}
