/**
 * A model folder over HTTP, with the network made up: what is asked of which cache, and what happens
 * without a connection.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHttpSource } from '../../src/engine/httpSource.ts';

const source = createHttpSource('http://localhost/models/household/manifest.json');
afterEach(() => vi.unstubAllGlobals());

/** Puts a network in place of the real one; what it was asked, as `file from cache`. */
function network(answer: (cache: string) => Response | undefined): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: URL, { cache }: { cache: string }) => {
    asked.push(`${url.pathname.split('/').at(-1)} ${cache}`);
    const response = answer(cache);
    if (!response) throw new TypeError('Failed to fetch');
    return response;
  });
  return asked;
}

describe('A model folder over HTTP', () => {
  test('is asked for its manifest anew, and for a shard, whose name is its hash, only once', async () => {
    const asked = network(() => new Response('{}'));
    for (const path of ['manifest.json', 'conv1.0-abc.bin']) await source.read(path);
    await source.read('conv1.0-abc.bin', undefined, { fresh: true });
    expect(asked).toEqual([
      'manifest.json no-cache',
      'conv1.0-abc.bin default',
      'conv1.0-abc.bin reload',
    ]);
  });

  test('without a connection has the manifest of an earlier visit', async () => {
    const asked = network((cache) =>
      cache === 'force-cache' ? new Response('{"name":"kept"}') : undefined,
    );
    const { bytes } = await source.read('manifest.json');
    expect(new TextDecoder().decode(bytes)).toBe('{"name":"kept"}');
    expect(asked).toEqual(['manifest.json no-cache', 'manifest.json force-cache']);
  });

  test('without a connection and an earlier visit is out of reach, as a shard is', async () => {
    network(() => undefined);
    for (const path of ['manifest.json', 'conv1.0-abc.bin']) {
      await expect(source.read(path)).rejects.toMatchObject({
        name: 'ModelError',
        fault: 'network',
      });
    }
  });

  test('whose server answers with an error is not read from an old copy', async () => {
    const asked = network(() => new Response('', { status: 503 }));
    await expect(source.read('manifest.json')).rejects.toThrow('the server answered 503');
    expect(asked).toHaveLength(1);
  });
});
