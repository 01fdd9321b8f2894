import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { asked, commands, type Harnessed } from '#tests/support/uiHarness/harnessOf.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { locales } from '#shared/settings.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();

describe.each(locales)('in %s, what went wrong', (locale) => {
  const said = [
    [
      'homeBadCertificate',
      '[data-testid="offline-strip"]',
      {
        en: 'The server’s certificate is not valid, so Peerline does not trust it.',
        'zh-CN': '服务器的证书无效，因此 Peerline 不信任它。',
      },
    ],
    [
      'homeRefused',
      '[data-code="PEER_MESSAGE_REFUSED"]',
      { en: 'A message that was not genuine was refused.', 'zh-CN': '已拒绝一条不真实的消息。' },
    ],
    [
      'endedKeyMismatch',
      '[data-testid="call-view"]',
      {
        en: 'The server returned a key that does not belong to this id. The call was not placed.',
        'zh-CN': '服务器返回的密钥不属于这个 ID，呼叫没有发出。',
      },
    ],
    [
      'homeNotices',
      '[data-code="SETTINGS_BROKEN"]',
      {
        en: 'The settings file could not be read. It was kept aside and Peerline starts with its defaults. settings.broken-2025-11-20.json',
        'zh-CN': '无法读取设置文件。原文件已保留，Peerline 以默认设置启动。 settings.broken-2025-11-20.json',
      },
    ],
  ] as const;

  it.each(said)('is read on the screen "%s"', async (scene, place, texts) => {
    await on({ scene, locale }, async (page) => {
      expect(await page.locator(place).innerText()).toContain(texts[locale]);
    });
  });
});

describe('the dial field', () => {
  it('calls by Enter what it understood, with video', async () => {
    await on({ scene: 'dialId' }, async (page) => {
      await page.getByTestId('dial-input').press('Enter');
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(9), { video: true }]);
    });
  });

  it('takes the id that was meant when one character is wrong', async () => {
    await on({ scene: 'dialNear' }, async (page) => {
      await page.getByTestId('dial-meant').click();
      await page.getByTestId('dial-voice').click();
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(2), { video: false }]);
    });
  });

  it('promises nothing on a computer that was signed out', async () => {
    await on({ scene: 'homeSignedOut' }, async (page) => {
      await page.getByTestId('dial-input').fill(personId(9));
      await expect.poll(async () => page.getByTestId('dial-hint').innerText()).toContain('was signed out');
    });
  });

  it('sends nothing for a wrong check character', async () => {
    await on({ scene: 'dialCheck' }, async (page) => {
      await page.getByTestId('dial-video').click();
      expect((await commands(page)).map(([name]) => name)).not.toContain('dial');
      await expect.poll(async () => page.getByTestId('dial-hint').innerText()).toContain('wrong');
    });
  });
});

describe('what comes unasked', () => {
  it.each([
    ['incoming', 720],
    ['incoming', 1080],
    ['incoming', 1920],
    ['missed', 720],
    ['missed', 1080],
  ])('("%s", %i pixels wide) stays at the top and off the dial field', async (scene, width) => {
    await on({ scene, size: { width, height: 600 } }, async (page) => {
      for (const id of ['dial-input', 'dial-voice', 'dial-video']) {
        // Fails where something else would get the click.
        await page.getByTestId(id).click({ trial: true, timeout: 2_000 });
      }
      const bar = await page.getByTestId('call-view').boundingBox();
      expect(bar?.y).toBeLessThan(24);
      expect((bar?.x ?? 0) + (bar?.width ?? 0)).toBeLessThanOrEqual(width);
    });
  });
});

describe('the devices of the ready room', () => {
  it('are not cut off where the pane is narrow and low', async () => {
    await on({ scene: 'home', size: { width: 720, height: 480 } }, async (page) => {
      const hidden = await page.getByTestId('picker-speaker').evaluate((picker) => {
        const frame = picker.closest('section')?.getBoundingClientRect();
        return picker.getBoundingClientRect().bottom - (frame?.bottom ?? 0);
      });
      expect(hidden).toBeLessThanOrEqual(0);
    });
  });

  it('show how loud the microphone is, as it changes', async () => {
    await on({ scene: 'home' }, async (page) => {
      const meter = page.getByTestId('microphone-level');
      for (const [level, lit, value] of [
        [0, 0, '0.00'],
        [0.25, 5, '0.25'],
        [1, 10, '1.00'],
        [0.01, 1, '0.01'],
      ] as const) {
        await page.evaluate((loud) => (window as unknown as Harnessed).harness.level(loud), level);
        await expect.poll(async () => meter.getAttribute('aria-valuenow')).toBe(value);
        expect(await meter.locator('.lit').count()).toBe(lit);
      }
    });
  });
});

describe('every page', () => {
  it.each(['index.html', 'incoming.html'])('(%s) names an icon that is there', async (page) => {
    const at = new URL(`../../src/renderer/${page}`, import.meta.url);
    const [, icon] =
      /<link rel="icon" type="image\/png" href="([^"]+)"/.exec(await readFile(at, 'utf8')) ?? [];
    const bytes = await readFile(new URL(icon ?? 'missing', at));
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  });

  it('may load its icon', async () => {
    await on({ scene: 'home' }, async (page) => {
      const loaded = await page.evaluate(async () => {
        const image = new Image();
        image.src = document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? '';
        await image.decode();
        return image.naturalWidth;
      });
      expect(loaded).toBe(64);
    });
  });
});

describe('settings', () => {
  it('change theme and language at once', async () => {
    await on({ scene: 'settings' }, async (page) => {
      await page.getByTestId('setting-theme-dark').click();
      await page.getByTestId('setting-locale-zh-CN').click();
      await expect.poll(async () => page.locator('html').getAttribute('data-theme')).toBe('dark');
      await expect.poll(async () => page.locator('html').getAttribute('lang')).toBe('zh-CN');
      await expect.poll(async () => page.locator('h1').innerText()).toBe('设置');
    });
  });

  it('say what is wrong with a server address and keep the old one', async () => {
    await on({ scene: 'settingsRemote' }, async (page) => {
      await page.getByTestId('setting-server-url').fill('http://nowhere');
      await page.getByTestId('setting-server-save').click();
      await page.getByText('starts with ws:// or wss://').waitFor();
      expect(JSON.stringify(await asked(page))).not.toContain('settingsUpdate');
      await page.getByTestId('setting-server-url').fill('wss://other.example.org');
      await page.getByTestId('setting-server-save').click();
      expect(await asked(page)).toContainEqual({
        command: 'settingsUpdate',
        args: { server: { mode: 'remote', url: 'wss://other.example.org' } },
      });
    });
  });

  it.each([
    ['en', 'Started with --server; ws://127.0.0.1:7600 is used until the app is closed.'],
    ['zh-CN', '已使用 --server 启动；在关闭应用之前使用 ws://127.0.0.1:7600'],
  ] as const)(
    'say in %s that the command line chose the server, and let nobody change it',
    async (locale, said) => {
      await on({ scene: 'settingsOverride', locale }, async (page) => {
        expect(await page.getByTestId('server-override').innerText()).toContain(said);
        expect(await page.getByTestId('setting-server-mode-own').locator('input').isDisabled()).toBe(true);
        expect(await page.getByTestId('setting-server-mode-remote').locator('input').isDisabled()).toBe(true);
        expect(await page.getByTestId('setting-open').isDisabled()).toBe(true);
        expect(await page.getByTestId('setting-port').isDisabled()).toBe(true);
        expect(await page.getByTestId('server-address').count()).toBe(0);
      });
    },
  );

  it('take no ICE server that cannot be used', async () => {
    await on({ scene: 'settings' }, async (page) => {
      await page.getByTestId('ice-add').click();
      await page.getByTestId('ice-urls').last().fill('example.org');
      await page.getByTestId('ice-urls').last().press('Tab');
      await page.getByText('Each address starts with').waitFor();
      await page.getByTestId('ice-urls').last().fill('stun:example.org');
      await page.getByTestId('ice-urls').last().press('Tab');
      await expect
        .poll(async () => JSON.stringify(await asked(page)))
        .toContain('"urls":["stun:example.org"]');
    });
  });
});
