import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, commands } from '#tests/support/uiHarness/harnessOf.ts';
import { Screens, type ScreenOptions } from '#tests/support/uiHarness/Screens.ts';

let screens: Screens;

beforeAll(async () => {
  screens = await Screens.open();
});

afterAll(async () => screens.close());

const on = async (options: ScreenOptions, act: (page: Page) => Promise<void>) => screens.on(options, act);
const askedFor = async (page: Page, command: string) =>
  ((await asked(page)) as { command: string; args: unknown }[])
    .filter((entry) => entry.command === command)
    .map(({ args }) => args);
const order = async (page: Page) =>
  page.locator('[data-codec]').evaluateAll((all) => all.map((item) => (item as HTMLElement).dataset.codec));

describe('the settings of the network', () => {
  it('reach main and the engine', async () => {
    await on({ scene: 'settings' }, async (page) => {
      await page.getByTestId('setting-fast-answer-never').click();
      await page.getByTestId('setting-data-saver').click();
      await expect
        .poll(async () => askedFor(page, 'settingsUpdate'))
        .toEqual([{ network: { fastAnswer: 'never' } }, { network: { dataSaver: true } }]);
      await expect
        .poll(async () => (await commands(page)).findLast(([name]) => name === 'setNetwork'))
        .toEqual(['setNetwork', { fastAnswer: 'never', relayOnly: false, dataSaver: true, videoCodecs: [] }]);
    });
  });

  it('change the order of the codecs by buttons, which the focus follows', async () => {
    await on({ scene: 'settings' }, async (page) => {
      await page.getByRole('button', { name: 'Move VP9 up' }).click();
      await expect.poll(async () => order(page)).toEqual(['VP9', 'VP8', 'H264', 'AV1']);
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
        'Move VP9 down',
      );
      await page.getByTestId('codecs-usual').click();
      await expect.poll(async () => order(page)).toEqual(['VP8', 'VP9', 'H264', 'AV1']);
      expect(await askedFor(page, 'settingsUpdate')).toEqual([
        { network: { videoCodecs: ['VP9', 'VP8', 'H264', 'AV1'] } },
        { network: { videoCodecs: [] } },
      ]);
    });
  });

  it('say that nothing can connect through relays alone when there is none', async () => {
    await on({ scene: 'settingsNetwork' }, async (page) => {
      await page.getByTestId('relay-only-none').waitFor();
      await page.getByTestId('setting-relay-only').click();
      await expect.poll(async () => page.getByTestId('relay-only-none').count()).toBe(0);
    });
  });
});
