/**
 * Keeps a model's good shards in the browser's Cache API, by their SHA-256, so that a retry or a second visit fetches
 * only what is missing. Models that share shards share them here, too.
 */
import type { ShardCache } from '../core/models/loader.ts';

const CACHE_NAME = 'loupe-shards-1';

/**
 * Opens the browser's store of shards.
 * @returns undefined where there is none (an insecure context, a private window): loading works without it
 */
export async function openShardCache(): Promise<ShardCache | undefined> {
  try {
    const cache = await caches.open(CACHE_NAME);
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
