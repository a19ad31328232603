/**
 * `loupe quantize`: the same detector in eight bits a weight, half as long to download. Each output
 * channel has a scale of its own; heads that were trained on its trunk go on reading it.
 */
import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadModel } from '../../src/core/models/loader.ts';
import { modelBytes } from '../../src/core/models/manifest.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';
import { quantizedFiles } from '../../src/core/models/modelFiles.ts';
import { say, UserError } from '../console.ts';
import { modelCard } from '../detector/modelCard.ts';
import { chooseEngine } from '../engine.ts';
import { createFileSource } from '../fileSource.ts';
import { writeModelFiles } from '../modelFolder.ts';

const CHANGE = 'Then rounded to eight bits a weight.';

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command('quantize')
    .description('Writes a detector anew in eight bits a weight, for a shorter download.')
    .argument('<model>', 'the folder of a detector, as training writes it')
    .requiredOption('--out <folder>', 'the model folder to write')
    .addHelpText(
      'after',
      `
Trunk and heads become files of the new folder, which needs no other one beside it. Training goes on
from the original alone: keep it.

Example:
  $ npm run loupe -- quantize public/models/household-float16 --out public/models/household`,
    )
    .action(run);
}

async function run(folder: string, { out }: { out: string }): Promise<void> {
  await chooseEngine('wasm');
  const model = await loadModel(createFileSource(folder));
  try {
    if (model.manifest.kind !== 'detector') {
      throw new UserError(
        `${folder} is a model of the kind "${model.manifest.kind}"; name a detector.`,
      );
    }
    const weights = new Map<string, WeightData>();
    for (const [name, tensor] of model.weights) {
      const data = (await tensor.data()) as Float32Array;
      weights.set(name, { shape: [...tensor.shape], data });
    }
    const { attribution } = model.manifest;
    const files = quantizedFiles(
      {
        ...model.manifest,
        name: basename(resolve(out)),
        // CC BY asks that changes are told.
        attribution: attribution.includes(CHANGE) ? attribution : `${attribution} ${CHANGE}`,
      },
      weights,
    );
    writeModelFiles(out, files);
    writeFileSync(join(out, 'README.md'), modelCard(files.manifest));
    const [before, after] = [model.manifest, files.manifest].map(
      (one) => `${(modelBytes(one) / 1e6).toFixed(1)} MB`,
    );
    say(`Wrote ${out}: ${after} instead of ${before}.`);
  } finally {
    model.dispose();
  }
}
