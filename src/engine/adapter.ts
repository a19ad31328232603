/**
 * Names of graphics adapters: how to tell people which one is used, and how to tell a GPU from a
 * program that only pretends to be one. A software adapter offers the whole GPU API and computes it
 * on the processor, up to fifty times slower than WebAssembly does, so Loupe never prefers one.
 * Pure functions, shared by the worker and the Node command line.
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

/** A name for people: the description where there is one, else vendor and architecture. */
export function describeAdapter(adapter: AdapterFacts | string): string {
  if (typeof adapter === 'string') return tidyRenderer(adapter);
  return adapter.description?.trim() || words(adapter).join(' ') || 'unnamed adapter';
}

function words({ vendor, architecture, device, description }: AdapterFacts): string[] {
  return [vendor, architecture, device, description].filter((word) => word?.trim()) as string[];
}

/** 'ANGLE (Google, Vulkan 1.3 (SwiftShader Device (0x0000C0DE)), SwiftShader driver)' -> its middle. */
function tidyRenderer(renderer: string): string {
  const angle = /^ANGLE \(([^,]*), (.*), [^,]*\)$/.exec(renderer.trim());
  const name = angle?.[2] ?? renderer;
  return name.replace(/\s*\(0x[0-9a-f]+\)/gi, '').trim() || 'unnamed adapter';
}
