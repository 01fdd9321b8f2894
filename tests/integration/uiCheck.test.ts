import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { commands, showCall } from '#tests/support/uiHarness/harnessOf.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();
const found = async (page: Page) =>
  page
    .getByTestId('check-item')
    .evaluateAll((all) =>
      all.map((item) => [(item as HTMLElement).dataset.step, (item as HTMLElement).dataset.code].join(' ')),
    );
const previews = async (page: Page) =>
  (await commands(page)).filter(([name]) => name === 'setPreview').map(([, kinds]) => kinds);

describe('"Can I call?"', () => {
  it('asks to say something, and shows that it listens', async () => {
    await on({ scene: 'checkRunning' }, async (page) => {
      const line = page.locator('[data-step="microphone"]');
      await line.getByText('Say something.').waitFor();
      expect(await line.getByRole('meter').count()).toBe(1);
    });
  });

  it('says that all is well, with a sentence for each part', async () => {
    await on({ scene: 'checkGood' }, async (page) => {
      expect(await page.getByTestId('check-verdict').innerText()).toBe('You can call.');
      expect(await found(page)).toEqual([
        'signaling online',
        'microphone heard',
        'camera seen',
        'speaker heard',
        'stun answered',
        'relay works',
        'relay works',
        'nat steady',
      ]);
      await page.getByText('turns:relay.example.org:443 works over TLS, in 61 ms.').waitFor();
    });
  });

  it('says what does not work, and what to do', async () => {
    await on({ scene: 'checkBad' }, async (page) => {
      expect(await page.getByTestId('check-verdict').innerText()).toBe('Calls will not work yet.');
      expect(await found(page)).toEqual([
        'signaling offline',
        'microphone heard',
        'camera black',
        'speaker notHeard',
        'stun failed',
        'relay failed',
        'relay failed',
        'nat changing',
      ]);
      await page.getByText('does not work over TCP. There is no computer with this name.').waitFor();
    });
  });

  it('says it in Chinese too', async () => {
    await on({ scene: 'checkBad', locale: 'zh-CN' }, async (page) => {
      expect(await page.getByTestId('check-verdict').innerText()).toBe('目前还不能通话。');
      await page.getByText('画面是黑的').waitFor();
    });
  });

  it('holds the devices only as long as it runs, where the preview is off', async () => {
    await on({ scene: 'homePreviewOff' }, async (page) => {
      await page.getByTestId('check-start').click();
      await page.getByTestId('check-item').first().waitFor();
      const none = { camera: false, microphone: false };
      const both = { camera: true, microphone: true };
      expect(await previews(page)).toEqual([none, both]);
      await page.getByTestId('check-close').click();
      await expect.poll(async () => previews(page)).toEqual([none, both, none]);
      expect(await page.getByTestId('check').count()).toBe(0);
    });
  });

  it('gives way to a call', async () => {
    await on({ scene: 'checkRunning' }, async (page) => {
      await showCall(page, 'connected');
      await expect.poll(async () => page.getByTestId('check').count()).toBe(0);
    });
  });

  it('begins again, and is in the settings as well', async () => {
    await on({ scene: 'checkGood' }, async (page) => {
      await page.getByTestId('check-restart').click();
      await page.locator('[data-verdict="running"]').waitFor();
      await page.getByTestId('check-close').click();
      await page.getByTestId('nav-settings').click();
      await page.getByTestId('settings-check').click();
      await page.getByTestId('check-item').first().waitFor();
    });
  });
});
