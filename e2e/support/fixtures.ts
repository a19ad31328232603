/**
 * Playwright's `test` with three promises of Loupe's kept in every test: no request leaves the
 * origin, the page throws nothing uncaught, and nothing is logged as an error. Import `test` and
 * `expect` from here instead of from @playwright/test.
 *
 * A test that provokes an error says so: `tolerate(/model\.json.*404/)`.
 *
 * Proposals are not looked at again unless a file says `test.use({ secondLook: 'super-resolution' })`.
 * Photos are looked at Fast, unless a file says `test.use({ look: 'unchosen' })`: Fine, which a first
 * visit gets, takes twice as long.
 */
import { test as base, expect } from '@playwright/test';

export { expect };

interface Fixtures {
  /** How closely photos are looked at at first; 'unchosen' leaves it to the app, as on a first visit. */
  look: 'fast' | 'unchosen';
  /** How proposals are looked at again: not at all, unless a file is about that; 'unchosen' leaves it to the app. */
  secondLook: 'none' | 'bicubic' | 'super-resolution' | 'unchosen';
  /** Console messages and uncaught errors that match the pattern are expected in this test. */
  tolerate: (pattern: RegExp) => void;
  /** Watches every page of the context; runs by itself. */
  watch: undefined;
}

export const test = base.extend<Fixtures & { tolerated: RegExp[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
  tolerated: async ({}, use) => use([]),

  tolerate: async ({ tolerated }, use) => use((pattern) => void tolerated.push(pattern)),

  look: ['fast', { option: true }],
  secondLook: ['none', { option: true }],

  watch: [
    async ({ context, baseURL, tolerated, look: chosen, secondLook }, use) => {
      if (secondLook !== 'unchosen') {
        await context.addInitScript((upscaling) => {
          if (!location.protocol.startsWith('http') || window !== window.top) return;
          const key = 'loupe-second-look';
          if (!localStorage.getItem(key)) localStorage.setItem(key, JSON.stringify({ upscaling }));
        }, secondLook);
      }
      if (chosen !== 'unchosen') {
        await context.addInitScript((quality) => {
          // Empty pages, such as axe's frames, have no storage to write to.
          if (!location.protocol.startsWith('http') || window !== window.top) return;
          const key = 'loupe-quality';
          if (!localStorage.getItem(key)) localStorage.setItem(key, quality);
        }, chosen);
      }
      const origin = new URL(baseURL ?? 'http://localhost').origin;
      const abroad: string[] = [];
      const errors: string[] = [];
      const look = (url: string) => {
        const { protocol } = new URL(url);
        if (!/^(data|blob|about):$/.test(protocol) && !leadsHome(url, origin)) abroad.push(url);
      };

      // Requests of the page's workers are reported here too.
      context.on('request', (request) => look(request.url()));
      context.on('page', (page) => page.on('websocket', (socket) => look(socket.url())));
      context.on('weberror', (error) => errors.push(`uncaught: ${error.error().message}`));
      context.on('console', (message) => {
        if (message.type() !== 'error') return;
        errors.push(`console: ${message.text()} (${message.location().url})`);
      });

      await use(undefined);

      expect.soft(abroad, 'requests that left the origin').toEqual([]);
      const unexpected = errors.filter((error) => !tolerated.some((p) => p.test(error)));
      expect.soft(unexpected, 'errors of the page').toEqual([]);
    },
    { auto: true },
  ],
});

function leadsHome(url: string, origin: string): boolean {
  return new URL(url.replace(/^ws/, 'http')).origin === origin;
}
