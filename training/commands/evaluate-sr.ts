/**
 * `loupe evaluate-sr`: mean PSNR and SSIM of a super-resolution method on a folder of pictures, as the
 * literature computes them.
 */
import type { Command } from 'commander';
import { printJson, progressBar, say } from '../console.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice } from '../engine.ts';
import { upscalingFactor } from '../optionValues.ts';
import { listPhotos } from '../photoList.ts';
import { addMethodOptions, loadMethod, type MethodOptions } from '../superResolution/model.ts';
import { readLuma, scoreUpscaling, type UpscalingScore } from '../superResolution/scoring.ts';

interface EvaluateOptions extends MethodOptions {
  readonly images: readonly string[];
  readonly engine: EngineChoice;
  readonly json?: boolean;
}

interface ImageScore extends UpscalingScore {
  /** below the folder that was given */
  readonly file: string;
}

/** Adds the command to the program. */
export function register(program: Command): void {
  const command = program
    .command('evaluate-sr')
    .description('Scores super-resolution: mean PSNR and SSIM on luma, as the literature does.')
    .requiredOption(
      '--images <folders...>',
      'pictures in full resolution, or folders of them and what lies below',
    )
    .requiredOption(
      '--scale <factor>',
      'how many times smaller they are made: 2, 3 or 4',
      upscalingFactor,
    );
  addMethodOptions(command, 'bicubic')
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .option('--json', 'print one JSON object on stdout instead of a table')
    .addHelpText(
      'after',
      `
Each picture is cropped to a multiple of the scale, made small as MATLAB's imresize does (bicubic,
anti-aliased), enlarged by the method and rounded to 8 bits. PSNR (dB) and SSIM are those of the Y of
MATLAB's rgb2ycbcr without a border of as many pixels as the scale.

Examples:
  $ npm run loupe -- evaluate-sr --images ../shared/data/sr/test/Set5 --scale 2
  $ npm run loupe -- evaluate-sr --images ../shared/data/sr/test/Set14 --scale 3 --method redNet --orientations 8
  $ npm run --silent loupe -- evaluate-sr --images photos/ --scale 4 --json`,
    )
    .action(evaluate);
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const photos = await listPhotos(options.images);
  const engine = await chooseEngine(options.engine);
  const method = await loadMethod(options);
  const images: ImageScore[] = [];
  const progress = progressBar(photos.length, 'Enlarging');
  try {
    for (const { path, name } of photos) {
      const score = await scoreUpscaling(await readLuma(path), options.scale, method.redNet);
      images.push({ file: name, ...score });
      progress.tick();
    }
  } finally {
    progress.stop();
    method.dispose();
  }
  const mean = (part: 'psnr' | 'ssim') =>
    images.reduce((sum, image) => sum + image[part], 0) / images.length;
  const { method: name, scale } = options;
  // The shape others read stays as it is; what was asked for beyond it is added.
  const ways = options.orientations > 1 && { orientations: options.orientations };
  const report = {
    method: name,
    scale,
    ...ways,
    psnr: mean('psnr'),
    ssim: mean('ssim'),
    images,
  };
  if (options.json) return printJson(report);
  say(
    `${name} x${scale}${ways ? ` in ${ways.orientations} orientations` : ''} on ${engine.description}.`,
  );
  process.stdout.write(table([...images, { ...report, file: `mean of ${images.length}` }]));
}

function table(rows: readonly ImageScore[]): string {
  const width = Math.max(...rows.map(({ file }) => file.length));
  const line = (file: string, psnr: string, ssim: string) =>
    `${file.padEnd(width)}  ${psnr.padStart(7)}  ${ssim.padStart(6)}\n`;
  const lines = rows.map(({ file, psnr, ssim }) => line(file, psnr.toFixed(2), ssim.toFixed(4)));
  return line('', 'PSNR dB', 'SSIM') + lines.join('');
}
