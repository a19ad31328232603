/** What tests of the Anchors page share: its controls, and files dropped on it. */
import type { Locator, Page } from '@playwright/test';

export const recall = (page: Page) =>
  page.locator('dt:text-is("Best possible recall") + dd').first();
export const curve = (page: Page) => page.locator('svg[data-plot=positions] path[data-curve]');
export const histogram = (page: Page) => page.locator('svg[data-plot=sizes-and-anchors]');
export const slider = (page: Page, at: number) =>
  page.getByRole('slider', { name: `Anchor size ${at}`, exact: true });
export const handle = (page: Page, at: number) =>
  page.getByRole('slider', { name: `Anchor size ${at} in the histogram` });
export const exact = (page: Page, at: number) =>
  page.getByRole('spinbutton', { name: `Anchor size ${at}, exactly` });

/** At which the page is looked at: it holds on the narrowest screens, too. */
export const LAB_WIDTHS = [1440, 1024, 390, 320];

export async function openLab(page: Page, picks = ''): Promise<void> {
  await page.goto(`./?backend=wasm#/anchors${picks}`);
  await curve(page).waitFor({ timeout: 60_000 });
}

export async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  if (!box) throw new Error('It is not on screen.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drags a slider by some pixels, in steps. */
export async function drag(page: Page, what: Locator, by: number): Promise<void> {
  const { x, y } = await middleOf(what);
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 8; step++) await page.mouse.move(x + (by * step) / 8, y);
  await page.mouse.up();
}

export interface Dropped {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly type?: string;
}

/** Drops files on the page, as an operating system would. */
export async function dropFiles(page: Page, ...files: readonly Dropped[]): Promise<void> {
  const packed = files.map(({ name, content, type = '' }) => {
    return [name, Buffer.from(content).toString('base64'), type] as const;
  });
  const transfer = await page.evaluateHandle((list) => {
    const carried = new DataTransfer();
    for (const [name, data, type] of list) {
      const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      carried.items.add(new File([bytes], name, { type }));
    }
    return carried;
  }, packed);
  for (const event of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('body', event, { dataTransfer: transfer });
  }
}
