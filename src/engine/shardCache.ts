/**
 * Keeps bytes in the browser's Cache API, which workers have, too. A model's good shards go there by their SHA-256, so
 * that a retry or a second visit fetches only what is missing; models that share shards share them here, too.
 */
import type { ShardCache } from '../core/models/loader.ts';

/** The browser's store of shards; as `openByteCache`: loading works without it. */
export const openShardCache = () => openByteCache('loupe-shards-1');

/**
 * Opens one of the browser's stores.
 * @returns undefined where there is none (an insecure context, a private window)
 */
export async function openByteCache(name: string): Promise<ShardCache | undefined> {
  try {
    const cache = await caches.open(name);
    // The cache wants URLs as keys; nothing is ever fetched from these.
    const keyUrl = (key: string) => new URL(`/.loupe-shards/${key}`, location.origin).href;
    return {
      async get(key) {
        const response = await cache.match(keyUrl(key));
        return response && new Uint8Array(await response.arrayBuffer());
      },
      async put(key, bytes) {
        await cache.put(keyUrl(key), new Response(new Blob([bytes as Uint8Array<ArrayBuffer>])));
      },
      async delete(key) {
        await cache.delete(keyUrl(key));
      },
    };
  } catch {
    return undefined;
  }
}
