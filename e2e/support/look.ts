/**
 * Looks at a state of the page at three widths or others, light and dark: no axe violation, and no page that
 * scrolls sideways. A screenshot of each lies in the test's results for people to look at.
 */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

const WIDTHS: readonly number[] = [1440, 1024, 390];
const THEMES = ['light', 'dark'] as const;

/** @param path where a file of the test's results lies */
export async function look(
  page: Page,
  state: string,
  path: (name: string) => string,
  widths = WIDTHS,
): Promise<void> {
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
      const name = `${state}-${width}-${colorScheme}`;
      await page.screenshot({ path: path(`${name}.png`), fullPage: true });
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(sideways, `${name} scrolls sideways`).toBe(0);
      // Plots are hidden from those for whom axe looks; their words and tables are not.
      const axe = new AxeBuilder({ page }).exclude('[aria-hidden] > svg');
      const { violations } = await axe.analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        `axe on ${name}`,
      ).toEqual([]);
    }
  }
}
