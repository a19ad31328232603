/**
 * Reads a model folder over HTTP with progress: the browser's side of core's loader. Shards have their hash in their
 * name and may come from the HTTP cache; the manifest is asked for anew each time, so that a new model is noticed, and
 * only where there is no connection the one of an earlier visit does.
 */
import { missingFile } from '../core/models/integrity.ts';
import type { ModelSource, ReadOptions, ShardResponse } from '../core/models/loader.ts';
import { ModelError } from '../core/models/modelError.ts';

/**
 * A model folder on a web server.
 * @param modelUrl absolute URL of any file in the folder, such as ".../household/model.json"
 */
export function createHttpSource(modelUrl: string | URL): ModelSource {
  return {
    async read(path, onBytes, options = {}): Promise<ShardResponse> {
      const url = new URL(path, modelUrl);
      try {
        const signal = options.signal instanceof AbortSignal ? options.signal : null;
        const isNamed = !path.endsWith('.json');
        const cache = options.fresh ? 'reload' : isNamed ? 'default' : 'no-cache';
        const response = await fetch(url, { cache, signal }).catch((error) => {
          if (isNamed || options.fresh || signal?.aborted) throw error;
          return fetch(url, { cache: 'force-cache', signal });
        });
        if (response.status === 404 || response.status === 410) throw missingFile(path);
        if (!response.ok) throw unreachable(path, `the server answered ${response.status}`);
        const bytes = await readBody(response, onBytes, options);
        return { bytes, contentType: response.headers.get('Content-Type') };
      } catch (error) {
        options.signal?.throwIfAborted();
        if (error instanceof ModelError) throw error;
        throw unreachable(path, 'the connection failed');
      }
    },
    delay: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}

async function readBody(
  response: Response,
  onBytes: ((count: number) => void) | undefined,
  { signal }: ReadOptions,
): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      signal?.throwIfAborted();
      chunks.push(part.value);
      length += part.value.length;
      onBytes?.(part.value.length);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function unreachable(path: string, why: string): ModelError {
  return new ModelError(
    'network',
    `The model's file ${path} could not be fetched: ${why}. Check the connection and try again.`,
    path,
  );
}
