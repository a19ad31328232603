/**
 * JSON files that people write by hand, read and checked against a schema: whatever is wrong is one
 * sentence that names the file and the place in it.
 */
import { readFileSync } from 'node:fs';
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
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.length ? ` at "${issue.path.join('.')}"` : '';
  throw new UserError(`The ${told.what} ${path} is not right${place}: ${issue?.message}.`);
}
