/** Names of graphics adapters, as drivers really give them. */
import { describe, expect, test } from 'vitest';
import { describeAdapter, looksLikeSoftware } from '../../src/engine/adapter.ts';

const SOFTWARE = [
  'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
  'ANGLE (Mesa, llvmpipe (LLVM 15.0.6 256 bits), OpenGL 4.5)',
  'ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11)',
  'Software Rasterizer',
  { vendor: 'google', architecture: 'swiftshader', description: '' },
  { vendor: 'mesa', description: 'llvmpipe (LLVM 17.0.6, 256 bits)' },
  { vendor: 'microsoft', description: 'Microsoft Basic Render Driver' },
  { vendor: 'someone', description: 'an honest name', isFallbackAdapter: true },
];

const HARDWARE = [
  'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 (0x00002504) Direct3D11 vs_5_0 ps_5_0, D3D11)',
  'ANGLE (Apple, ANGLE Metal Renderer: Apple M1, Unspecified Version)',
  'ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)',
  'NVIDIA GeForce GTX 1650/PCIe/SSE2',
  'Mali-G78',
  { vendor: 'apple', architecture: 'metal-3', description: '' },
  { vendor: 'nvidia', architecture: 'ampere', description: 'NVIDIA GeForce RTX 3060' },
];

describe('an adapter', () => {
  test.each(SOFTWARE)('that is a program is recognised: %o', (adapter) => {
    expect(looksLikeSoftware(adapter)).toBe(true);
  });

  test.each(HARDWARE)('that is a GPU is not taken for a program: %o', (adapter) => {
    expect(looksLikeSoftware(adapter)).toBe(false);
  });

  test('is called by its own name', () => {
    expect([...SOFTWARE.slice(0, 2), ...HARDWARE].map(describeAdapter)).toEqual([
      'SwiftShader Device (Subzero)',
      'llvmpipe (LLVM 15.0.6 256 bits)',
      'NVIDIA GeForce RTX 3060',
      'Apple M1',
      'Mesa Intel(R) UHD Graphics 620 (KBL GT2)',
      'NVIDIA GeForce GTX 1650',
      'Mali-G78',
      'apple metal-3',
      'NVIDIA GeForce RTX 3060',
    ]);
    expect(describeAdapter({})).toBe('unnamed adapter');
  });
});
