/**
 * A training run of seconds: a few small pictures of red and green rectangles on noise, made on the
 * spot, and a config with the real trunk and narrow heads.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { type TrainingConfig, trainingConfigSchema } from '../../training/detector/config.ts';
import { seededRandom } from '../../training/detector/random.ts';

/** Whole cells of the trunk in both directions, so that nothing is resized or padded. */
const WIDTH = 64;
const HEIGHT = 48;
const COLOURS = { red: [230, 40, 40], green: [40, 200, 60] } as const;
const CATEGORIES = [
  { id: 1, name: 'red' },
  { id: 2, name: 'green' },
];

/**
 * A folder with `models/vgg16` (a link to the real one), `images/*.png`, `annotations.json` and
 * `config.json`; the caller's to remove.
 */
export async function makeTinyTraining(photos = 6): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'loupe-training-'));
  mkdirSync(join(folder, 'models'));
  mkdirSync(join(folder, 'images'));
  symlinkSync(resolve('public/models/vgg16'), join(folder, 'models/vgg16'));
  const random = seededRandom(5);
  const annotations: object[] = [];
  const images: object[] = [];
  for (let id = 1; id <= photos; id++) {
    const pixels = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, () => 90 + 60 * random());
    for (const { id: category_id, name } of CATEGORIES) {
      const [width, height] = [16, category_id === 1 ? 16 : 24];
      // Each in a half of its own, so that neither hides the other.
      const x = Math.floor(random() * (WIDTH / 2 - width)) + (category_id === 1 ? 0 : WIDTH / 2);
      const y = Math.floor(random() * (HEIGHT - height));
      paint(pixels, [x, y, width, height], COLOURS[name as keyof typeof COLOURS]);
      annotations.push({ image_id: id, category_id, bbox: [x, y, width, height], iscrowd: 0 });
    }
    const file_name = `${id}.png`;
    images.push({ id, file_name, width: WIDTH, height: HEIGHT });
    const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
    await sharp(pixels, { raw })
      .png()
      .toFile(join(folder, 'images', file_name));
  }
  const coco = { images, annotations, categories: CATEGORIES };
  writeFileSync(join(folder, 'annotations.json'), JSON.stringify(coco));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(tinyConfig(folder)));
  return folder;
}

export function removeTinyTraining(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The config of such a folder. Its class "blue" is labelled by no set. */
export function tinyConfig(folder: string, changes: object = {}): TrainingConfig {
  return trainingConfigSchema.parse({
    name: 'tiny',
    description: 'Coloured rectangles on noise.',
    trunk: join(folder, 'models/vgg16'),
    classes: [...CATEGORIES, { id: 3, name: 'blue' }],
    data: [
      {
        name: 'rectangles',
        annotations: join(folder, 'annotations.json'),
        images: join(folder, 'images'),
        labels: ['red', 'green'],
      },
    ],
    detector: {
      workingSize: WIDTH,
      rpn: { tap: 'conv4_3', anchorSizes: [16, 24], aspectRatios: [1, 2] },
      roiHeads: { outputSize: 3, samplingRatio: 1 },
    },
    rpnChannels: 16,
    roiChannels: 16,
    fcUnits: 32,
    roisPerPicture: 16,
    iterations: 8,
    optimizer: { kind: 'adamw', learningRate: 3e-3 },
    schedule: { kind: 'cosine', warmup: 2 },
    ...changes,
  });
}

function paint(pixels: Uint8Array, box: readonly number[], colour: readonly number[]): void {
  const [left = 0, top = 0, width = 0, height = 0] = box;
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) pixels.set(colour, 3 * (y * WIDTH + x));
  }
}
