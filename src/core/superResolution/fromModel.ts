/**
 * From a loaded model folder to a RED-Net that runs: the one place where the worker and the command
 * line agree on what its manifest must say.
 */
import type { LoadedModel } from '../models/loader.ts';
import { ModelError } from '../models/modelError.ts';
import type { Orientations } from './orientations.ts';
import { RedNet, redNetConfigSchema } from './redNet.ts';

/**
 * Puts the network together. The model must outlive it; both are the caller's to dispose.
 *
 * @param orientations in how many of them it looks at each picture
 * @throws ModelError when the model is another kind of network
 */
export function redNetFromModel(
  { manifest, weights }: LoadedModel,
  orientations: Orientations = 1,
): RedNet {
  const config = redNetConfigSchema.safeParse(manifest.architecture);
  if (manifest.kind === 'super-resolution' && config.success) {
    return RedNet.build(config.data, weights, orientations);
  }
  const message = `The model "${manifest.name}" is not a super-resolution network this version of Loupe can run.`;
  throw new ModelError('unsupported', message, 'manifest.json');
}
