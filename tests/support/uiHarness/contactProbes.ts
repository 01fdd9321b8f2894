import type { Page } from '@playwright/test';
import type { ChosenFile } from './contactFiles.ts';
import { asked } from './harnessOf.ts';

/** What a test looks at of a `contactSave`. */
interface Saved {
  readonly id: string;
  readonly name: string;
  readonly picture?: string | null;
}
/** The contacts that main was asked to save. */
export const saves = async (page: Page) =>
  ((await asked(page)) as readonly { command: string; args: Saved }[])
    .filter(({ command }) => command === 'contactSave')
    .map(({ args }) => args);
/** The names in sight. */
export const names = async (page: Page) => page.getByTestId('contact').locator('.who').allTextContents();
/** All rows of the list, in sight or not. */
export const total = async (page: Page) =>
  Number(await page.getByTestId('contacts').getAttribute('data-total'));
export const choose = async (page: Page, field: string, file: ChosenFile) =>
  page.getByTestId(field).setInputFiles({ ...file });

/** How often a page could draw while something went on: a page that does the work itself cannot at all. */
export async function framesDuring(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const state = window as unknown as { frames: number };
    state.frames = 0;
    const note = () => {
      state.frames++;
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  await act();
  return page.evaluate(() => (window as unknown as { frames: number }).frames);
}
