/**
 * Runs the command line as its users do, as a program of its own.
 */
import { spawn } from 'node:child_process';

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `loupe <args>`; asynchronous, so that several tests may run at once. */
export function loupe(...args: readonly string[]): Promise<Run> {
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
  });
  return new Promise((resolve, reject) => {
    program.on('error', reject);
    program.on('close', (code) => resolve({ code, out, err }));
  });
}
