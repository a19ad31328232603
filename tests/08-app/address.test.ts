/** What the address bar asks for: known engines and kernels are taken, others are told in a sentence. */
import { describe, expect, test } from 'vitest';
import { askedFor } from '../../src/app/address.ts';

describe('The address', () => {
  test.each([
    ['', { backend: 'auto', kernels: 'auto' }],
    ['?backend=wasm', { backend: 'wasm', kernels: 'auto' }],
    ['?backend=auto&kernels=stock', { backend: 'auto', kernels: 'stock' }],
  ])('%o asks for what it says', (query, asked) => {
    expect(askedFor(query)).toEqual(asked);
  });

  test('that asks for an engine that is none names it and those there are', () => {
    expect(askedFor('?backend=webgup&kernels=stock')).toEqual({
      ...{ backend: 'auto', kernels: 'stock' },
      complaint:
        'The address asks for the engine “webgup”, which is none; it can be auto, webgpu, webgl, wasm or cpu. Loupe chose one by itself.',
    });
  });

  test('that asks for kernels that are none does, too', () => {
    const { kernels, complaint } = askedFor('?kernels=fast');
    expect(kernels).toBe('auto');
    expect(complaint).toMatch(/“fast”.* auto or stock\./);
  });
});
