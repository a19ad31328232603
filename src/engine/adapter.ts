/**
 * Names of graphics adapters: how to tell people which one is used, and how to tell a GPU from a
 * program that only pretends to be one. A software adapter offers the whole GPU API and computes it
 * on the processor, up to fifty times slower than WebAssembly does, so Loupe never prefers one.
 * Shared by the worker and the Node command line.
 */

/** The fields of GPUAdapterInfo that are looked at; all may be missing or empty. */
export interface AdapterFacts {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

const SOFTWARE =
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b|mesa offscreen/i;

/** True for an adapter that is emulated on the processor, as far as its name tells. */
export function looksLikeSoftware(adapter: AdapterFacts | string): boolean {
  if (typeof adapter === 'string') return SOFTWARE.test(adapter);
  return adapter.isFallbackAdapter === true || SOFTWARE.test(words(adapter).join(' '));
}

/**
 * Whether the adapter that WebGPU gives here reads and writes half-precision numbers in its own
 * instructions. False where there is no WebGPU.
 */
export async function hasHalves(): Promise<boolean> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter({
    powerPreference: 'high-performance',
  });
  return adapter?.features.has('shader-f16') ?? false;
}

/** A name for people: the description where there is one, else vendor and architecture. */
export function describeAdapter(adapter: AdapterFacts | string): string {
  if (typeof adapter === 'string') return tidyRenderer(adapter);
  return adapter.description?.trim() || words(adapter).join(' ') || 'unnamed adapter';
}

function words({ vendor, architecture, device, description }: AdapterFacts): string[] {
  return [vendor, architecture, device, description].filter((word) => word?.trim()) as string[];
}

/**
 * The card's own name out of what WebGL calls the renderer:
 * 'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)'
 * -> 'NVIDIA GeForce RTX 3060'.
 */
function tidyRenderer(renderer: string): string {
  const name = (/^ANGLE \([^,]*, (.*), [^,]*\)$/.exec(renderer.trim())?.[1] ?? renderer)
    .replace(/\s*\(0x[0-9a-f]+\)/gi, '') // device ids
    .replace(/^ANGLE Metal Renderer:\s*/, '')
    .replace(/^Vulkan [\d.]+ \((.*)\)$/, '$1')
    .replace(/\s*(Direct3D|OpenGL|D3D)\s?\d.*$/, '')
    .replace(/\/PCIe\/SSE2$/, '');
  return name.trim() || 'unnamed adapter';
}
