/**
 * `loupe upscale`: enlarges a picture of any size, tile by tile, by bicubic interpolation or with
 * RED-Net on top.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { Command } from 'commander';
import sharp from 'sharp';
import { toBytes, upscale } from '../../src/core/superResolution/upscale.ts';
import { duration, plainMessage, progressBar, say, UserError } from '../console.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice } from '../engine.ts';
import { readPicture } from '../images.ts';
import { upscalingFactor } from '../optionValues.ts';
import { addMethodOptions, loadMethod, type MethodOptions } from '../superResolution/model.ts';

interface UpscaleOptions extends MethodOptions {
  readonly out: string;
  readonly engine: EngineChoice;
}

/** The result is in memory as float32: 1.6 GB of it. */
const MOST_PIXELS = 2 ** 27;
/** The format's own limit. */
const LONGEST_JPEG_SIDE = 65_535;

/** Adds the command to the program. */
export function register(program: Command): void {
  const command = program
    .command('upscale')
    .description('Enlarges a picture 2, 3 or 4 times.')
    .argument('<image>', 'a picture')
    .requiredOption('--scale <factor>', '2, 3 or 4', upscalingFactor)
    .requiredOption('--out <file>', 'what to write: a .png, .jpg or .jpeg');
  addMethodOptions(command, 'redNet')
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .addHelpText(
      'after',
      `
Examples:
  $ npm run loupe -- upscale cup.png --scale 4 --out large.png
  $ npm run loupe -- upscale cup.png --scale 4 --out best.png --orientations 8
  $ npm run loupe -- upscale cup.jpg --scale 2 --out large.jpg --method bicubic`,
    )
    .action(run);
}

async function run(path: string, options: UpscaleOptions): Promise<void> {
  const { scale, out } = options;
  const isJpeg = ['.jpg', '.jpeg'].includes(extname(out).toLowerCase());
  if (!isJpeg && extname(out).toLowerCase() !== '.png') {
    throw new UserError(`${out} is neither a .png nor a .jpg; give --out one of these endings.`);
  }
  const picture = await readPicture(path, say);
  const [width, height] = [scale * picture.width, scale * picture.height];
  if (width * height > MOST_PIXELS || (isJpeg && Math.max(width, height) > LONGEST_JPEG_SIDE)) {
    throw new UserError(
      `${path} would become ${width} x ${height} pixels, more than can be written; enlarge a part of it, or by a smaller --scale.`,
    );
  }
  const engine = await chooseEngine(options.engine);
  const method = await loadMethod(options);
  const progress = progressBar(100, 'Enlarging (%)');
  const started = Date.now();
  try {
    const { redNet } = method;
    const data = await upscale({ ...picture, channels: 3 }, scale, {
      ...(redNet && { redNet }),
      onProgress: (fraction) => progress.update(Math.round(100 * fraction)),
    });
    await write({ width, height, data: toBytes(data) }, out, isJpeg);
  } finally {
    progress.stop();
    method.dispose();
  }
  say(
    `Wrote ${out}, ${width} x ${height} pixels, ${options.method} on ${engine.description}, ${duration((Date.now() - started) / 1000)}.`,
  );
}

async function write(
  { width, height, data }: { width: number; height: number; data: Uint8ClampedArray },
  out: string,
  isJpeg: boolean,
): Promise<void> {
  const image = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  try {
    await mkdir(dirname(out), { recursive: true });
    // Colour at full resolution: halved, it would undo part of the enlargement.
    const encoded = isJpeg ? image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }) : image.png();
    await encoded.toFile(out);
  } catch (error) {
    throw new UserError(`${out} cannot be written: ${plainMessage(error)}.`);
  }
}
