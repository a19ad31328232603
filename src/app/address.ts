/**
 * What the address bar asks of the engine: `?backend=wasm` and `?kernels=stock`, the second to compare or to
 * find out whether our kernels are at fault. What it asks for and nobody knows is told, not swallowed.
 */
import { BACKEND_NAMES, type BackendChoice, type KernelsChoice } from '../worker/protocol.ts';

const KERNELS: readonly KernelsChoice[] = ['auto', 'stock'];

export interface Asked {
  readonly backend: BackendChoice;
  readonly kernels: KernelsChoice;
  /** One sentence on what is not known, for the visitor. */
  readonly complaint?: string;
}

/** @param query such as `location.search` */
export function askedFor(query: string): Asked {
  const wanted = new URLSearchParams(query);
  const [backend, kernels] = [wanted.get('backend'), wanted.get('kernels')];
  const known: readonly BackendChoice[] = ['auto', ...BACKEND_NAMES];
  const asked = {
    backend: known.find((name) => name === backend) ?? 'auto',
    kernels: KERNELS.find((name) => name === kernels) ?? 'auto',
  } as const;
  const complaint =
    backend !== null && asked.backend !== backend
      ? `The address asks for the engine “${backend}”, which is none; it can be ${listed(known)}. Loupe chose one by itself.`
      : kernels !== null && asked.kernels !== kernels
        ? `The address asks for the kernels “${kernels}”, which are none; they can be ${listed(KERNELS)}. Loupe chose by itself.`
        : undefined;
  return { ...asked, ...(complaint !== undefined && { complaint }) };
}

const listed = (names: readonly string[]) => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
