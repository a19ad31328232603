/**
 * The folder of a gallery. Photos of a data set must never be committed: the folder's own
 * .gitignore hides all that is in it, wherever it lies. That file is also how an earlier gallery is
 * known again; a folder with anything else in it, such as one of a repository's, is refused.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plainMessage, UserError } from '../console.ts';

/** Where the pictures are, below the page. */
export const PICTURES = 'pictures';
const PAGE = 'index.html';
const IGNORE_ALL = '# Written by loupe gallery: photos of a data set are not to be published.\n*\n';

/**
 * Makes the folder, or takes over that of an earlier gallery, whose page stays until `clearGallery`.
 *
 * @throws UserError where something else is there, or nothing can be written
 */
export async function claimFolder(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new UserError(`${folder} is a file, not a folder.`);
    throw new UserError(`${folder} cannot be read (${error.message}).`);
  });
  const mark = join(folder, '.gitignore');
  const isEarlier = (await readFile(mark, 'utf8').catch(() => '')) === IGNORE_ALL;
  if (entries.length > 0 && !isEarlier) {
    throw new UserError(
      `${folder} has other files in it; name a new folder with --out, or that of an earlier gallery.`,
    );
  }
  await writing(folder, async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(mark, IGNORE_ALL);
  });
}

/** Removes the page and pictures of an earlier gallery from a claimed folder. Throws a UserError. */
export async function clearGallery(folder: string): Promise<void> {
  await writing(folder, async () => {
    await rm(join(folder, PAGE), { force: true });
    await rm(join(folder, PICTURES), { recursive: true, force: true });
    await mkdir(join(folder, PICTURES));
  });
}

/** Writes the page; answers where it is. Throws a UserError. */
export async function writePage(folder: string, html: string): Promise<string> {
  const file = join(folder, PAGE);
  await writing(file, () => writeFile(file, html));
  return file;
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  await write().catch((error: unknown) => {
    throw new UserError(`${path} cannot be written (${plainMessage(error)}).`);
  });
}
