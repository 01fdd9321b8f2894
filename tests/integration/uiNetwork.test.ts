import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { asked, commands, showCall } from '#tests/support/uiHarness/harnessOf.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();
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

describe('the network of a call', () => {
  it.each([
    ['qualityGood', 'good', 'Good, direct'],
    ['qualityFair', 'fair', 'Fair, losses on the way to you'],
    ['qualityPoor', 'poor', 'Weak, losses on the way to you'],
    ['qualityUnknown', 'unknown', 'Measuring'],
  ])('is a dot with words ("%s")', async (scene, quality, words) => {
    await on({ scene }, async (page) => {
      const pill = page.getByTestId('quality');
      expect(await pill.getAttribute('data-quality')).toBe(quality);
      expect(await pill.innerText()).toBe(words);
    });
  });

  it.each(['en', 'zh-CN'] as const)('has no connection while it is sought anew (%s)', async (locale) => {
    await on({ scene: 'networkLive', locale }, async (page) => {
      await showCall(page, 'reconnecting');
      const words = { en: 'No connection', 'zh-CN': '无连接' }[locale];
      await page.getByTestId('quality').getByText(words).waitFor();
      await page.getByTestId('network-panel').getByText(words).waitFor();
      const [banner, panel] = [page.getByTestId('reconnecting'), page.getByTestId('network-panel')];
      const above = await banner.boundingBox();
      const below = await panel.boundingBox();
      expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
    });
  });

  it('gives the focus back to the dot', async () => {
    await on({ scene: 'qualityGood' }, async (page) => {
      await page.getByTestId('quality').focus();
      await page.keyboard.press('Enter');
      await page.getByTestId('network-panel').waitFor();
      await page.keyboard.press('Escape');
      await expect
        .poll(async () => page.evaluate(() => document.activeElement?.getAttribute('data-testid')))
        .toBe('quality');
    });
  });

  it('opens beside the picture by the dot, leaves the controls free, and closes by Esc', async () => {
    await on({ scene: 'networkLive', size: { width: 360, height: 480 } }, async (page) => {
      for (const id of ['mic-toggle', 'hang-up']) {
        await page.getByTestId(id).click({ trial: true, timeout: 2_000 });
      }
      expect(await page.getByTestId('network-path').innerText()).toBe('Through your relay, over TLS');
      await page.keyboard.press('Escape');
      await expect.poll(async () => page.getByTestId('network-panel').count()).toBe(0);
      expect(await page.getByTestId('call-view').count()).toBe(1);
    });
  });

  it('tells each chart in words, for those who do not see it', async () => {
    await on({ scene: 'networkLive' }, async (page) => {
      const said = await page
        .locator('[data-testid="chart"] [role="img"]')
        .evaluateAll((all) => all.map((chart) => chart.getAttribute('aria-label')));
      expect(said).toHaveLength(3);
      expect(said[1]).toMatch(/^Delay\. There and back: \d+ ms on average, 360 at most$/);
    });
  });

  it('too bad for the own picture says so, with the camera still on', async () => {
    await on({ scene: 'pictureHeld' }, async (page) => {
      await page.getByTestId('picture-held').getByText('comes back by itself').waitFor();
      expect(await page.getByTestId('camera-toggle').getAttribute('aria-pressed')).toBe('true');
      expect(await page.getByTestId('self-video').isVisible()).toBe(true);
    });
  });
});

describe('a call that is over', () => {
  it('says in one sentence how the network was, with the details behind it', async () => {
    await on({ scene: 'endedVerdict' }, async (page) => {
      expect(await page.getByTestId('end-verdict').innerText()).toContain(
        'On the way to you 9 % was lost for 40 s.',
      );
      await page.getByTestId('end-network').click();
      await page.getByTestId('recording-verdict').waitFor();
      expect(await page.getByTestId('timeline').locator('li').count()).toBe(13);
    });
  });

  it('is looked at from its row, second by second, and saved as a copy', async () => {
    await on({ scene: 'recording' }, async (page) => {
      const slider = page.getByTestId('network-moment');
      expect(await page.getByTestId('network-path').innerText()).toBe('Through your relay, over TLS');
      await slider.focus();
      await page.keyboard.press('Home');
      await expect.poll(async () => page.getByTestId('network-path').innerText()).toBe('Direct, over UDP');
      await page.getByTestId('recording-export').click();
      await page.getByTestId('recording-saved').waitFor();
      await page.getByTestId('recording-remove').click();
      await expect.poll(async () => page.getByTestId('recording').count()).toBe(0);
    });
  });

  it('without a recording does not offer one', async () => {
    await on({ scene: 'homeRowMenu' }, async (page) => {
      await page.getByTestId('history-remove').waitFor();
      expect(await page.getByTestId('history-network').count()).toBe(0);
    });
  });

  it('comes from a file of somebody else, of which nothing can be deleted here', async () => {
    await on({ scene: 'recordingFile' }, async (page) => {
      await page.getByText('From a file.').waitFor();
      expect(await page.getByTestId('recording-remove').count()).toBe(0);
    });
  });

  it('costs the first screen nothing: the charts are fetched when they are wanted', async () => {
    await on({ scene: 'recording' }, async (page) => {
      const scripts = await page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name, startTime }) => ({ name, startTime })),
      );
      const charts = scripts.filter(({ name }) => /NetworkView.*\.js/.test(name));
      const first = scripts.filter(({ name }) => /harness.*\.js/.test(name));
      expect(charts).toHaveLength(1);
      expect(charts[0]?.startTime).toBeGreaterThan(first[0]?.startTime ?? Infinity);
    });
  });
});
