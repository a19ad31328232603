/**
 * The second look on WebAssembly with helpers: they take its batches, what is found is what one worker
 * finds alone, and when they die half way it goes on without them. The models are tiny, every step is real.
 */
import type { Page } from '@playwright/test';
import { items } from './support/app.ts';
import { expect, test } from './support/fixtures.ts';
import { noisePhoto, openPhoto, serveTinyModels } from './support/tinyModel.ts';

test.use({ secondLook: 'bicubic' });

/** 30 proposals, four at a time. */
const BATCHES = 8;

interface Machine {
  readonly cores: number;
  readonly memory: number;
  /** helpers stop when they are given a batch */
  readonly failing?: boolean;
}

/** What the inference worker runs before its own script: it tells the page what its helpers do. */
function before({ cores, memory, failing = false }: Machine): string {
  return `
    const about = { hardwareConcurrency: ${cores}, deviceMemory: ${memory} };
    for (const [name, value] of Object.entries(about)) {
      Object.defineProperty(WorkerNavigator.prototype, name, { value, configurable: true });
    }
    const told = new BroadcastChannel('helpers');
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      postMessage.call(this, message, ...rest);
      const call = message?.path?.join();
      if (call === 'model') {
        this.addEventListener('message', ({ data }) => data.id === message.id && told.postMessage('ready'));
      }
      if (call === 'classifyCuts') {
        told.postMessage('batch');
        if (${failing}) {
          this.terminate();
          this.dispatchEvent(new ErrorEvent('error', { message: 'out of memory', cancelable: true }));
        }
      }
    };`;
}

const countOf = (page: Page, what: string) =>
  page.evaluate(
    (word) => (globalThis as { told?: string[] }).told?.filter((one) => one === word).length,
    what,
  );

/** Opens a photo on such a machine and looks a second time in two ways; what is then in the list. */
async function lookTwice(page: Page, machine: Machine, helpers: number): Promise<string[]> {
  await page.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: before(machine) + (await response.text()) });
  });
  await serveTinyModels(page);
  await page.addInitScript(() => {
    const told: string[] = [];
    Object.assign(globalThis, { told });
    new BroadcastChannel('helpers').onmessage = ({ data }) => told.push(data);
  });
  await page.goto('/?backend=wasm');
  await openPhoto(page, 'noise.png', await photo);
  const again = page.getByText(/^\d+ looked at again$/);
  await expect(again).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => countOf(page, 'ready'), { timeout: 30_000 }).toBe(helpers);
  const choose = async (from: string, to: string) => {
    await page.getByRole('button', { name: `Second look: ${from}` }).click();
    await page.getByRole('menuitemradio', { name: new RegExp(`^${to}`) }).click();
    await expect(page.getByRole('button', { name: `Second look: ${to}` })).toBeVisible();
    await expect(again).toBeVisible({ timeout: 60_000 });
  };
  await choose('Enlarged', 'Sharpened');
  await choose('Sharpened', 'Enlarged'); // the choice is kept for the next page
  await page.getByRole('slider', { name: 'Score threshold' }).focus();
  await page.keyboard.press('Home');
  return items(page).allTextContents();
}
const photo = noisePhoto();

test('helpers find what one worker finds alone, and may die', async ({ context, page }) => {
  const alone = await lookTwice(page, { cores: 1, memory: 8 }, 0);
  expect(await countOf(page, 'batch')).toBe(0);
  expect(alone.some((text) => /from [01]\.\d\d/.test(text))).toBe(true);
  await page.close();

  const helped = await context.newPage();
  expect(await lookTwice(helped, { cores: 4, memory: 8 }, 4)).toEqual(alone);
  await expect.poll(() => countOf(helped, 'batch')).toBeGreaterThanOrEqual(BATCHES);
  await helped.close();

  const left = await context.newPage();
  expect(await lookTwice(left, { cores: 4, memory: 8, failing: true }, 4)).toEqual(alone);
  expect(await countOf(left, 'batch')).toBe(4);
});
