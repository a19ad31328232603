/**
 * What long-running commands have in common: they end in time and in order, and say which code ran.
 */
import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { say } from './console.ts';

/** Where features of the trunk and checkpoints are kept unless told otherwise. */
export const DEFAULT_CACHE = join(homedir(), '.cache', 'loupe');

/** True once the minutes are over or the user asked to stop; a second Ctrl-C ends at once. */
export function stopper(minutes: number | undefined): () => boolean {
  let asked = false;
  const ask = () => {
    if (asked) process.exit(130);
    asked = true;
    say('Stopping after this step; the checkpoint is written first.');
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  const end = minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000;
  return () => asked || Date.now() > end;
}

/** The commit that the code stands at, where this is a git checkout. */
export function currentCommit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
