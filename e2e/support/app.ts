/** What every walk through the app does: open the page on WebAssembly, open a photo, wait, look. */
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';

/** A whole detection at full size on two slow cores, model download and compiling included. */
const PATIENCE = 90_000;

export const detections = (page: Page): Locator => page.getByRole('list', { name: 'Detections' });

export const items = (page: Page): Locator => detections(page).getByRole('listitem');

export async function openApp(page: Page, query = '?backend=wasm'): Promise<void> {
  await page.goto(`/${query}`);
  await page.getByRole('button', { name: /^Open the example “Shared desk”/ }).waitFor();
}

export async function openExample(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: `Open the example “${title}”` }).click();
}

/** Picks a file through the input, as the file dialog would. */
export async function pick(page: Page, path: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(path);
}

/** Drops a file on the middle of the page, as an operating system would. */
export async function drop(page: Page, path: string, type: string): Promise<void> {
  const bytes = readFileSync(path).toString('base64');
  const name = path.split('/').at(-1) as string;
  const transfer = await page.evaluateHandle(
    ([data, fileName, mime]) => {
      const content = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      const carried = new DataTransfer();
      carried.items.add(new File([content], fileName, { type: mime }));
      return carried;
    },
    [bytes, name, type] as const,
  );
  for (const event of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('body', event, { dataTransfer: transfer });
  }
}

/** The photo of that name is on the stage, decoded. */
export async function shown(page: Page, name: string): Promise<void> {
  const stage = page.getByRole('group', { name: new RegExp(`^${name}, `) });
  await stage.waitFor({ timeout: PATIENCE });
}

/** The run is over: there is a threshold to move, or nothing at all was found. */
export async function finished(page: Page): Promise<void> {
  const over = page.getByRole('region', { name: 'Result' });
  await over.waitFor({ timeout: PATIENCE });
}
