/**
 * Runs the command line as its users do, as a program of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `loupe <args>`; asynchronous, so that several tests may run at once. */
export const loupe = (...args: readonly string[]): Promise<Run> => startLoupe(args).ended;

/**
 * The same under way.
 * @param onError hears what is said on stderr, and may stop the program
 */
export function startLoupe(
  args: readonly string[],
  onError: (text: string, program: ChildProcess) => void = () => {},
): { readonly ended: Promise<Run> } {
  const program = spawn(process.execPath, ['--import', 'tsx', 'training/loupe.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  program.stdout.on('data', (text) => {
    out += text;
  });
  program.stderr.on('data', (text) => {
    err += text;
    onError(`${text}`, program);
  });
  const ended = new Promise<Run>((resolve, reject) => {
    program.on('error', reject);
    program.on('close', (code) => resolve({ code, out, err }));
  });
  return { ended };
}
