/**
 * The page's entry: the real worker client, the address bar and the document. Everything else of the
 * app is mounted by `mountApp`, which tests call with a client of their own.
 */
import { LoupeClient } from '../worker/client.ts';
import { mountApp } from './mount.tsx';

/** `?kernels=stock` turns our kernels off, to compare or to find out whether they are at fault. */
const kernels = new URLSearchParams(location.search).get('kernels') === 'stock' ? 'stock' : 'auto';

mountApp(
  document.getElementById('root') as HTMLElement,
  (backend, model) => new LoupeClient({ backend, kernels, ...(model && { model }) }),
);
