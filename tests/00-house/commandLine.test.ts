/**
 * The command line's manners: a mistake of the user's is one plain sentence on stderr, stdout stays
 * clean for results, and the exit code tells.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { duration } from '../../training/console.ts';

function node(...args: string[]) {
  const run = spawnSync(process.execPath, ['--import', 'tsx', ...args], { encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

/** Runs a few lines that use training/console.ts, as a program of their own. */
function program(lines: string) {
  const imports = "import { UserError, printJson, progressBar, reportError } from './console.ts';";
  const file = new URL('../../training/console.ts', import.meta.url).href;
  return node('--input-type=module', '-e', `${imports.replace('./console.ts', file)}\n${lines}`);
}

describe('loupe', () => {
  it('tells its version and its commands', () => {
    expect(node('training/loupe.ts', '--version').out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(node('training/loupe.ts', '--help').out).toContain('Examples:');
  });

  it.each([['--no-such-option'], ['no-such-command']])('refuses %s in a sentence', (argument) => {
    const { code, out, err } = node('training/loupe.ts', argument);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/^error: /);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('an error', () => {
  it("of the user's is its sentence alone, with exit code 1", () => {
    const { code, out, err } = program("reportError(new UserError('There is no file x.jpg.'));");
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'There is no file x.jpg.\n' });
  });

  it("of Loupe's own shows its stack", () => {
    const { code, err } = program("reportError(new TypeError('oops'));");
    expect(code).toBe(1);
    expect(err).toMatch(/fault in Loupe.*\nTypeError: oops\n\s+at /);
  });
});

describe('progress', () => {
  it('goes to stderr in few lines, and leaves stdout to the result', () => {
    const { out, err } = program(
      "const bar = progressBar(1000, 'Counting'); for (let i = 0; i < 1000; i++) bar.tick(); bar.stop(); printJson({ n: 1 });",
    );
    expect(out).toBe('{"n":1}\n');
    // How long is left depends on the machine, and a busy one may have time for another line.
    expect(err).toMatch(/^(Counting \d+\/1000, \d+ s left\n){1,3}Counting 1000\/1000\n$/);
  });

  it.each([
    [0.2, '0 s'],
    [59.6, '1 min 0 s'],
    [3599.4, '59 min 59 s'],
    [3600, '1 h 0 min'],
  ])('writes %f seconds as %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
