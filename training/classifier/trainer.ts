/**
 * The training of the heads, in the loop that all training shares: each step draws crops and teaches
 * every kind's head the same ones. Background of a set takes part in the softmax of the classes that
 * the set labels alone, as in the detector's own training.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HeadKind } from '../../src/core/classification/config.ts';
import { classifierHead } from '../../src/core/classification/head.ts';
import { classLosses } from '../detector/losses.ts';
import { seededRandom } from '../detector/random.ts';
import { type LoopOptions, type Outcome, runTraining } from '../trainingLoop.ts';
import type { ClassifierTraining } from './config.ts';
import { RowOrder, type TrainingRows } from './rows.ts';
import type { ClassifierWeights } from './weights.ts';

/** Mean cross entropy of each kind's head. */
export type ClassifierLosses = { [kind in HeadKind]?: number };

export interface ClassifierTrainerOptions extends LoopOptions<ClassifierLosses> {
  readonly config: ClassifierTraining;
  readonly weights: ClassifierWeights;
  readonly rows: TrainingRows;
}

/**
 * Trains until the config's iterations are done or it is told to stop.
 * @throws UserError as `runTraining`
 */
export function trainClassifier(
  options: ClassifierTrainerOptions,
): Promise<Outcome<ClassifierLosses>> {
  const { config, weights, rows } = options;
  const order = new RowOrder(config, rows);
  return runTraining<Required<ClassifierLosses>, ClassifierTraining>({
    ...(options as ClassifierTrainerOptions & LoopOptions<Required<ClassifierLosses>>),
    prepare: async () => weights.measure(rows),
    takeStep: async (step) => {
      // Rows of a set stand together: they share which classes are known.
      const chosen = order.rows(step).sort((a, b) => (rows.sets[a] ?? 0) - (rows.sets[b] ?? 0));
      const result = await classifierStep(config, weights, rows, chosen, step);
      return {
        losses: result.losses as Required<ClassifierLosses>,
        gradients: result.gradients,
        seen: `its ${chosen.length} crops`,
      };
    },
  });
}

/**
 * One step.
 *
 * @param chosen rows, those of a set together
 * @returns the losses, and the gradients by variable name, the caller's to dispose
 */
export async function classifierStep(
  config: Pick<ClassifierTraining, 'kinds' | 'dropout' | 'positivesOverAll' | 'seed' | 'head'>,
  weights: ClassifierWeights,
  rows: TrainingRows,
  chosen: readonly number[],
  step: number,
): Promise<{ losses: ClassifierLosses; gradients: tf.NamedTensorMap }> {
  const { kinds } = config;
  const variables = [...weights.trained.values()];
  const { grads, values } = tf.tidy(() => {
    const kept = keptUnits(config, chosen.length, step);
    let perKind: tf.Tensor1D | undefined;
    const { grads } = tf.variableGrads(() => {
      const losses = kinds.map((kind) => {
        const seen = weights.standardised(batchOf(rows, chosen, kind), kind);
        const logits = classifierHead(seen, weights.trained, kind, kept);
        return tf.mean(lossesOf(logits, rows, chosen, config.positivesOverAll));
      });
      const stacked = tf.stack(losses) as tf.Tensor1D;
      perKind = tf.keep(tf.clone(stacked));
      return tf.sum(stacked) as tf.Scalar;
    }, variables);
    const values = tf.clone(perKind as tf.Tensor1D);
    perKind?.dispose();
    return { grads, values };
  });
  const numbers = (await values.data()) as Float32Array;
  values.dispose();
  const losses = Object.fromEntries(kinds.map((kind, at) => [kind, numbers[at] as number]));
  return { losses, gradients: grads };
}

/** `[batch, inputs]` */
function batchOf(
  { inputs, features }: TrainingRows,
  chosen: readonly number[],
  kind: HeadKind,
): tf.Tensor2D {
  const all = features.get(kind) as Float32Array;
  const batch = new Float32Array(chosen.length * inputs);
  chosen.forEach((row, at) => {
    batch.set(all.subarray(row * inputs, (row + 1) * inputs), at * inputs);
  });
  return tf.tensor2d(batch, [chosen.length, inputs]);
}

/** Dropout by our own dice, so that a resumed run goes on exactly: 0, or 1 over the share that is kept. */
function keptUnits(
  { dropout, head, seed }: Pick<ClassifierTraining, 'dropout' | 'head' | 'seed'>,
  count: number,
  step: number,
): tf.Tensor2D | undefined {
  if (dropout === 0) return undefined;
  const random = seededRandom(seed, step, 6);
  const mask = Float32Array.from({ length: count * head.hidden }, () =>
    random() < dropout ? 0 : 1 / (1 - dropout),
  );
  return tf.tensor2d(mask, [count, head.hidden]);
}

/** The loss of every row, set by set: each has its own known classes. */
function lossesOf(
  logits: tf.Tensor2D,
  { targets, sets, labelled }: TrainingRows,
  chosen: readonly number[],
  positivesOverAll: boolean,
): tf.Tensor1D {
  const parts: tf.Tensor1D[] = [];
  let first = 0;
  while (first < chosen.length) {
    const set = sets[chosen[first] as number] as number;
    let end = first;
    while (end < chosen.length && sets[chosen[end] as number] === set) end++;
    const mine = Int32Array.from(chosen.slice(first, end), (row) => targets[row] as number);
    const part = tf.slice(logits, [first, 0], [end - first, -1]);
    parts.push(classLosses(part, mine, labelled[set] as Float32Array, positivesOverAll));
    first = end;
  }
  return tf.concat1d(parts);
}
