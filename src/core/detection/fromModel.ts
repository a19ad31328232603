/**
 * From a loaded model folder to a detector that runs: the one place where the worker and the
 * command line agree on what a detector's manifest must say.
 */
import type { LoadedModel } from '../models/loader.ts';
import type { Manifest } from '../models/manifest.ts';
import { ModelError } from '../models/modelError.ts';
import { type DetectorConfig, detectorConfigSchema } from './config.ts';
import { FasterRcnn } from './fasterRcnn.ts';

/**
 * Puts the detector together. Its weights stay the model's, to be disposed of there.
 *
 * @throws ModelError when the model is another kind of network
 */
export function detectorFromModel({ manifest, weights }: LoadedModel): FasterRcnn {
  return FasterRcnn.build(detectorConfigOf(manifest), manifest.classes, weights);
}

/**
 * What the detector of a manifest consists of.
 *
 * @throws ModelError when the model is another kind of network
 */
export function detectorConfigOf(manifest: Manifest): DetectorConfig {
  const config = detectorConfigSchema.safeParse(manifest.architecture);
  if (config.success) return config.data;
  const message = `The model "${manifest.name}" is not a detector this version of Loupe can run.`;
  throw new ModelError('unsupported', message, 'manifest.json');
}
