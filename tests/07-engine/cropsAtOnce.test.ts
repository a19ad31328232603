/** A batch of crops fits the device's buffers, whatever they hold, and is never empty. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cropsAtOnce } from '../../src/engine/device.ts';

const MB = 2 ** 20;

test("of WebGPU's least buffers, 128 MB, as many as there may be at 96 pixels, fewer of larger crops", () => {
  const limits = { maxStorageBufferBindingSize: 128 * MB, maxBufferSize: 256 * MB };
  expect([96, 192, 384].map((side) => cropsAtOnce(limits, side, 32))).toEqual([32, 14, 3]);
});

test('their widest maps fill no more than one buffer', () => {
  const size = fc.integer({ min: 1, max: 4096 * MB });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 2048 }), (binding, buffer, side) => {
      const count = cropsAtOnce(
        { maxStorageBufferBindingSize: binding, maxBufferSize: buffer },
        side,
        32,
      );
      expect(count).toBeGreaterThanOrEqual(1);
      expect(count).toBeLessThanOrEqual(32);
      if (count > 1)
        expect(count * side * side * 64 * 4).toBeLessThanOrEqual(Math.min(binding, buffer));
    }),
  );
});
