/** Prints the tfjs backends of this machine, a line each; run by announceBackends.ts. */
import { backendsHere } from './backendsHere.ts';

for (const state of await backendsHere()) {
  const line = 'found' in state ? state.found : `absent: ${state.absent}`;
  console.log(`backend ${state.name}: ${line}`);
}
process.exit(0);
