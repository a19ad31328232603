/**
 * Says once, before the tests run, which tfjs backends they run on and why another is absent.
 * The probing is done by a process of its own: loaded backends would stay in the runner's.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function announceBackends(): void {
  const script = fileURLToPath(new URL('./printBackends.ts', import.meta.url));
  spawnSync(process.execPath, ['--import', 'tsx', script], { stdio: 'inherit' });
}
