/**
 * How the command line talks. Results go to stdout, so that `--json` can be piped into another
 * program; everything said on the way (progress, notes, what went wrong) goes to stderr. A mistake
 * of the user's is a `UserError`: one plain sentence, no stack.
 */
import { styleText } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { ModelError } from '../src/core/models/modelError.ts';

/** Something the user can put right. Its message is the sentence they read; the exit code is 1. */
export class UserError extends Error {
  override name = 'UserError';
}

/** A running progress display; `stop` must be called, also after an error. */
export interface Progress {
  /** Sets how many of the total are done; `note` stands at the end of the line, e.g. a loss. */
  update(done: number, note?: string): void;
  /** One more is done. */
  tick(note?: string): void;
  /** Changes the total, where it was a guess. */
  setTotal(total: number): void;
  stop(): void;
}

/** Without a terminal a line at most this often: logs stay readable, and still show life. */
const LINE_EVERY_MS = 5000;

/**
 * A progress bar on stderr, with the time left; plain lines when stderr is not a terminal.
 *
 * @param total how many steps there are
 * @param label what is going on, e.g. "Detecting"
 */
export function progressBar(total: number, label: string): Progress {
  return process.stderr.isTTY ? drawnBar(total, label) : printedLines(total, label);
}

function drawnBar(total: number, label: string): Progress {
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value}/{total}, {eta_formatted} left {note}`,
      stream: process.stderr,
      hideCursor: true,
      etaBuffer: 50,
      fps: 5,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: '' });
  return {
    update: (done, note) => bar.update(done, note === undefined ? {} : { note }),
    tick: (note) => bar.increment(1, note === undefined ? {} : { note }),
    setTotal: (next) => bar.setTotal(next),
    stop: () => bar.stop(),
  };
}

function printedLines(firstTotal: number, label: string): Progress {
  const start = Date.now();
  let total = firstTotal;
  let done = 0;
  let note = '';
  let printedAt = 0;
  let printedDone = -1;
  const print = () => {
    const elapsed = (Date.now() - start) / 1000;
    const left =
      done > 0 && done < total ? `, ${duration((elapsed / done) * (total - done))} left` : '';
    process.stderr.write(`${label} ${done}/${total}${left}${note && ` ${note}`}\n`);
    printedAt = Date.now();
    printedDone = done;
  };
  const set = (next: number, nextNote = note) => {
    done = next;
    note = nextNote;
    if (Date.now() - printedAt >= LINE_EVERY_MS) print();
  };
  return {
    update: set,
    tick: (nextNote) => set(done + 1, nextNote),
    setTotal: (next) => {
      total = next;
    },
    stop: () => {
      if (printedDone !== done) print();
    },
  };
}

/** Seconds for people: "8 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A number and its noun for people: "1 photo", "2,000 photos". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Writes a value as JSON to stdout: the whole of what a command prints there under `--json`. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** What another program's error says, to stand inside a sentence: without its own full stop. */
export function plainMessage(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

/** A line on stderr beside the results: a warning, or where something was written. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Tells of an error and sets the exit code. A UserError is its one sentence, a bad model file too;
 * anything else is a fault in Loupe and shows its stack, which is what a bug report needs.
 */
export function reportError(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof UserError || error instanceof ModelError) {
    say(red(error.message));
    return;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`${red('This is a fault in Loupe; please report it with what follows.')}\n${stack}`);
}

function red(text: string): string {
  return styleText('red', text, { stream: process.stderr });
}
