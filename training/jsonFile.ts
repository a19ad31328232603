/**
 * JSON files, read and checked against a schema: whatever is wrong is one sentence that names the
 * file and the place in it. And written, so that they are small and a change shows where it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { plainMessage, UserError } from './console.ts';

/**
 * Reads a file and checks it.
 *
 * @param told.what the kind of file, for the sentences: "config"
 * @param told.example a file of that kind to look at
 * @throws UserError
 */
export function readJsonFile<T>(
  path: string,
  schema: z.ZodType<T>,
  told: { readonly what: string; readonly example?: string },
): T {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      const hint = told.example ? `; ${told.example} is an example` : '';
      throw new UserError(`There is no ${told.what} ${path}${hint}.`);
    }
    throw new UserError(`The ${told.what} ${path} cannot be read: ${plainMessage(error)}.`);
  }
  const parsed = schema.safeParse(json, { error: plainWords });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.length ? ` at "${issue.path.join('.')}"` : '';
  throw new UserError(`The ${told.what} ${path} is not right${place}: ${issue?.message}.`);
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object in braces, { ... }',
  array: 'a list in brackets, [ ... ]',
  string: 'a text in quotation marks',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** Zod's own words name types of JavaScript ("expected object, received array"). */
function plainWords({ code, input, ...issue }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'invalid_type') return undefined;
  const kind = KINDS[String(issue.expected)] ?? String(issue.expected);
  return input === undefined ? `is missing; it must be ${kind}` : `must be ${kind}`;
}

/**
 * A value as JSON: the first levels on lines of their own, what lies deeper in one line.
 *
 * @param levels how many
 */
export function jsonText(value: unknown, levels: number): string {
  return `${indented(value, levels, '')}\n`;
}

function indented(value: unknown, levels: number, margin: string): string {
  if (levels === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = (one: unknown) => indented(one, levels - 1, `${margin} `);
  const [open, close, entries] = Array.isArray(value)
    ? ['[', ']', value.map(inner)]
    : ['{', '}', Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}:${inner(one)}`)];
  if (entries.length === 0) return `${open}${close}`;
  return `${open}\n${margin} ${entries.join(`,\n${margin} `)}\n${margin}${close}`;
}

/**
 * Writes a file of JSON, and its folder where there is none.
 * @throws UserError when that is not possible
 */
export function writeJsonFile(path: string, value: unknown, levels: number): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, jsonText(value, levels));
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${plainMessage(error)}.`);
  }
}
