/**
 * From a loaded model folder to a classifier that runs: the one place where the worker and the command
 * line agree on what its manifest must say. The folder holds the heads alone; the trunk is the
 * detector's, and it must be the one that the heads were trained on.
 */
import type { FasterRcnn } from '../detection/fasterRcnn.ts';
import { requireTrunk } from '../detection/trunk.ts';
import type { LoadedModel } from '../models/loader.ts';
import type { Manifest } from '../models/manifest.ts';
import { ModelError } from '../models/modelError.ts';
import type { RedNet } from '../superResolution/redNet.ts';
import { type ClassifierConfig, classifierConfigSchema } from './config.ts';
import { ProposalClassifier } from './proposalClassifier.ts';

/**
 * Puts the classifier together. Models, detector and RED-Net must outlive it; all stay the caller's.
 *
 * @param model the classifier's folder
 * @param detector the detector that runs, and the manifest of its folder
 * @param redNet left out, only bicubic interpolation can be had
 * @throws ModelError when the model is another kind of network, or belongs to another detector
 */
export function classifierFromModel(
  { manifest, weights }: Pick<LoadedModel, 'manifest' | 'weights'>,
  detector: { readonly network: FasterRcnn; readonly manifest: Manifest },
  redNet?: RedNet,
): ProposalClassifier {
  const config = classifierConfigOf(manifest);
  const { network } = detector;
  const sameClasses =
    manifest.classes.map(({ name }) => name).join() ===
    network.classes.map(({ name }) => name).join();
  requireTrunk(`The classifier ${manifest.name}`, config.trunk, detector.manifest);
  if (!sameClasses) {
    const message = `The classifier ${manifest.name} knows other classes than ${detector.manifest.name}; choose ${config.trunk.name} to use it.`;
    throw new ModelError('unsupported', message, 'manifest.json');
  }
  return new ProposalClassifier(config, network.classes, network.backbone, weights, redNet);
}

/**
 * What the classifier of a manifest consists of.
 *
 * @throws ModelError when the model is another kind of network
 */
export function classifierConfigOf(manifest: Manifest): ClassifierConfig {
  const config = classifierConfigSchema.safeParse(manifest.architecture);
  if (manifest.kind === 'classifier' && config.success) return config.data;
  const message = `The model "${manifest.name}" is not a proposal classifier this version of Loupe can run.`;
  throw new ModelError('unsupported', message, 'manifest.json');
}
