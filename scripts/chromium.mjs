/**
 * Which Chromium the tests drive: CHROMIUM_PATH, Debian's own, or the one Playwright downloaded.
 */
import { existsSync } from 'node:fs';

/**
 * @returns {Promise<string | undefined>} the executable's path, or undefined when there is none yet
 */
export async function findChromium() {
  const { chromium } = await import('@playwright/test');
  const candidates = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', chromium.executablePath()];
  return candidates.find((path) => path && existsSync(path));
}
