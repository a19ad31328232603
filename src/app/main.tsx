/**
 * The page's entry: the real worker client, the address bar and the document. Everything else of the
 * app is mounted by `mountApp`, which tests call with a client of their own.
 */
import { LoupeClient } from '../worker/client.ts';
import { askedFor } from './address.ts';
import { mountApp } from './mount.tsx';

const { kernels } = askedFor(location.search);

mountApp(
  document.getElementById('root') as HTMLElement,
  (backend, model) => new LoupeClient({ backend, kernels, ...(model && { model }) }),
);
