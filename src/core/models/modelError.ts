/**
 * The one error that everything about model files throws: a plain sentence that says what is wrong with which file and
 * what to do about it, ready to be shown to a visitor or printed by the command line without a stack.
 */

/** What is wrong with a model file or shard; the app chooses its advice by it. */
export type ModelFault =
  | 'missing'
  | 'cut'
  | 'altered'
  | 'html'
  | 'network'
  | 'invalid'
  | 'unsupported';

/** Something about a model file is wrong; `message` is one plain sentence, `path` names the file or shard. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly fault: ModelFault;
  readonly path: string | undefined;

  constructor(fault: ModelFault, message: string, path?: string) {
    super(message);
    this.fault = fault;
    this.path = path;
  }
}
