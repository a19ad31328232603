/**
 * The root of the command line: `npm run loupe -- <command>`, or `npx loupe <command>`. Every file
 * in commands/ is one command and exports `register(program)`; this file only gathers them, and turns
 * what they throw into a sentence and an exit code.
 */
import { readdirSync } from 'node:fs';
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { reportError } from './console.ts';

const program = new Command('loupe')
  .description('Finds small objects in photos: converts weights, trains, detects and evaluates.')
  .version(packageJson.version)
  .showHelpAfterError('Run it with --help to see what it takes.')
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  $ npm run loupe -- convert vgg16.safetensors --out public/models/vgg16
  $ npm run loupe -- detect photos/ --out detections.json
  $ npm run --silent loupe -- evaluate --ground-truth gt.json --detections detections.json --json
  $ npm run loupe -- help detect`,
  );

// A reader that closes the pipe early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

interface CommandModule {
  register(program: Command): void;
}

try {
  const folder = new URL('./commands/', import.meta.url);
  const all = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  // Where the command is named, only its file is read: the others would load tfjs for nothing.
  const named = all.filter((file) => file === `${process.argv[2]}.ts`);
  for (const file of named.length > 0 ? named : all.sort()) {
    const command = (await import(new URL(file, folder).href)) as CommandModule;
    command.register(program);
  }
  await program.parseAsync();
} catch (error) {
  reportError(error);
}
