/**
 * A proposal classifier around the tiny detector's trunk, with random heads and a tiny RED-Net: it
 * knows nothing, but goes through every step of the real one in milliseconds.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  type ClassifierConfig,
  classifierConfigSchema,
  HEAD_KINDS,
} from '../../src/core/classification/config.ts';
import { headInputs, headLayers } from '../../src/core/classification/head.ts';
import { ProposalClassifier } from '../../src/core/classification/proposalClassifier.ts';
import type { FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { RedNet } from '../../src/core/superResolution/redNet.ts';
import { normalArray, seededRandom } from '../../training/detector/random.ts';
import { tinyDetectorSource } from './tinyDetector.ts';
import { TINY_RED_NET, tinyRedNetWeights } from './tinyRedNet.ts';

const TRUNK_CHANNELS = 4;

export function tinyClassifierConfig(changes: Partial<ClassifierConfig> = {}): ClassifierConfig {
  return classifierConfigSchema.parse({
    network: 'proposal-classifier',
    crop: { side: 32, context: 1.5, maxEnlargement: 4 },
    head: { bins: { conv4_3: 2, conv5_3: 1 }, hidden: 5 },
    kinds: [...HEAD_KINDS],
    trunk: { name: 'tiny', sha256: ['tiny'] },
    merge: { rule: 'product', weight: 0.5 },
    ...changes,
  });
}

/** Weights of both heads; the caller's to dispose. */
export function tinyHeads(
  { head }: ClassifierConfig,
  classes: number,
  seed = 3,
): Map<string, tf.Tensor> {
  const random = seededRandom(seed);
  const inputs = headInputs(head, TRUNK_CHANNELS);
  const weights = new Map<string, tf.Tensor>();
  const add = (layer: string, shape: [number, number]) => {
    const kernel = normalArray(shape[0] * shape[1], 1 / Math.sqrt(shape[0]), random);
    weights.set(`${layer}/kernel`, tf.tensor2d(kernel, shape));
    weights.set(`${layer}/bias`, tf.tensor1d(normalArray(shape[1], 0.1, random)));
  };
  for (const kind of HEAD_KINDS) {
    const { hidden, score } = headLayers(kind);
    add(hidden, [inputs, head.hidden]);
    add(score, [head.hidden, classes + 1]);
  }
  return weights;
}

export interface TinyClassifier {
  readonly classifier: ProposalClassifier;
  /** the same without RED-Net */
  readonly plain: ProposalClassifier;
  readonly detector: FasterRcnn;
  readonly redNet: RedNet;
  readonly heads: Map<string, tf.Tensor>;
  dispose(): void;
}

export async function makeTinyClassifier(
  config: ClassifierConfig = tinyClassifierConfig(),
): Promise<TinyClassifier> {
  const model = await loadModel(tinyDetectorSource());
  const detector = detectorFromModel(model);
  const redNetWeights = tinyRedNetWeights();
  const redNet = RedNet.build(TINY_RED_NET, redNetWeights);
  const { classes, backbone } = detector;
  const heads = tinyHeads(config, classes.length);
  return {
    classifier: new ProposalClassifier(config, classes, backbone, heads, redNet),
    plain: new ProposalClassifier(config, classes, backbone, heads),
    detector,
    redNet,
    heads,
    dispose() {
      redNet.dispose();
      model.dispose();
      tf.dispose([...heads.values(), ...redNetWeights.values()]);
    },
  };
}
