/**
 * A super-resolution training of seconds: a few small pictures of light and dark rectangles, whose
 * edges bicubic interpolation blurs and a small network soon sharpens.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../training/detector/random.ts';
import { type SrConfig, srConfigSchema } from '../../training/superResolution/config.ts';

const WIDTH = 60;
const HEIGHT = 48;

/** A folder with `images/*.png` and `config.json`; the caller's to remove. */
export async function makeTinySuperResolution(pictures = 4): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'loupe-sr-'));
  mkdirSync(join(folder, 'images'));
  const random = seededRandom(11);
  for (let id = 1; id <= pictures; id++) {
    const pixels = new Uint8Array(3 * WIDTH * HEIGHT).fill(40);
    for (let n = 0; n < 20; n++) {
      const [left, top] = [Math.floor(random() * WIDTH), Math.floor(random() * HEIGHT)];
      const value = random() < 0.5 ? 40 : 220;
      for (let y = top; y < Math.min(top + 12, HEIGHT); y++) {
        pixels.fill(value, 3 * (y * WIDTH + left), 3 * (y * WIDTH + Math.min(left + 14, WIDTH)));
      }
    }
    await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png()
      .toFile(join(folder, 'images', `${id}.png`));
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(tinySrConfig(folder)));
  return folder;
}

/** The config of such a folder. */
export function tinySrConfig(folder: string, changes: object = {}): SrConfig {
  return srConfigSchema.parse({
    name: 'tiny',
    description: 'Rectangles.',
    network: { network: 'red-net', depth: 6, channels: 8, scales: [2, 3] },
    data: [{ name: 'rectangles', images: join(folder, 'images') }],
    validation: { every: 4, side: 36, steps: 1000 },
    patch: 18,
    batch: 6,
    iterations: 6,
    optimizer: { kind: 'adamw', learningRate: 5e-3, weightDecay: 0 },
    schedule: { kind: 'cosine', warmup: 5 },
    ...changes,
  });
}
