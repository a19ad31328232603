/**
 * An RPN at work on the device, and how its proposals come back. Where the backend has a kernel for it, the
 * device chooses them and only they are read; what the RPN said of all anchors stays there, for
 * whoever asks. Elsewhere all of it is read back, and the choice is made on plain arrays.
 */
import * as tf from '@tensorflow/tfjs-core';
import { chooseOnDevice, chosenProposals, madeUpChoice } from './chosenOnDevice.ts';
import {
  DEFAULT_PROPOSAL_OPTIONS,
  type ProposalOptions,
  type Proposals,
  type RegionProposalNetwork,
  rpnHead,
} from './rpn.ts';
import { KeptAnswer, type RpnOutput } from './rpnAnswer.ts';

export interface RpnSubmission {
  readonly options: ProposalOptions;
  /** on the device, to be read back */
  readonly wanted: tf.Tensor;
  /** The proposals that the values of `wanted` stand for. */
  proposals(values: Float32Array): Proposals;
  /** All that the RPN said; the caller's to dispose of. */
  answer(values: Float32Array): KeptAnswer;
  /** Values as those of `wanted` might be, for about as many proposals as there may be. */
  madeUp(): Float32Array;
  /** Frees what is on the device, `wanted` too. */
  dispose(): void;
}

/**
 * Lets an RPN slide over features and has its proposals made ready.
 *
 * @param features `[1, rows, columns, channels]` of the tap the head was trained on
 * @param size of the working picture, without its padding
 * @returns to be disposed of
 */
export function submitRpn(
  rpn: RegionProposalNetwork,
  features: tf.Tensor4D,
  size: { readonly width: number; readonly height: number },
  changes: Partial<ProposalOptions> = {},
): RpnSubmission {
  const { anchorGenerator } = rpn;
  const [, rows, columns] = features.shape;
  const options = { ...DEFAULT_PROPOSAL_OPTIONS, ...changes };
  const { wanted, output } = tf.tidy(() => {
    const output = rpnHead(features, rpn.weights);
    const chosen = chooseOnDevice(output, anchorGenerator, columns, size, options);
    if (chosen) return { wanted: chosen, output: { ...output } };
    return { wanted: tf.concat([output.objectness, tf.reshape(output.deltas, [-1])]) };
  }) as { wanted: tf.Tensor; output?: RpnOutput };

  if (!output) {
    const answerOf = (values: Float32Array) => rpn.answerOf(values, rows, columns);
    return {
      ...{ options, wanted },
      proposals: (values) => rpn.proposalsOf(answerOf(values), size, options),
      answer: (values) => KeptAnswer.of(answerOf(values)),
      madeUp: () => new Float32Array(wanted.size),
      dispose: () => wanted.dispose(),
    };
  }
  const whole = KeptAnswer.onDevice(rpn.gridOf(rows, columns), output);
  return {
    ...{ options, wanted },
    proposals: (values) => chosenProposals(values, anchorGenerator, columns),
    answer: () => whole.clone(),
    madeUp: () => madeUpChoice(wanted),
    dispose() {
      wanted.dispose();
      whole.dispose();
    },
  };
}
