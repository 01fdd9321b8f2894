import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, commands, showCall, type Harnessed } from '#tests/support/uiHarness/harnessOf.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { locales } from '#shared/settings.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';
import type { Screens, Screen, ScreenOptions } from '#tests/support/uiHarness/Screens.ts';

let screens: Screens;

beforeAll(async () => {
  screens = await openScreens();
});

afterAll(async () => screens.close());

const on = async (options: ScreenOptions, act: (page: Page, screen: Screen) => Promise<void>) =>
  screens.on(options, act);

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

describe('a call', () => {
  it('is muted by M and loses its camera by V', async () => {
    await on({ scene: 'connected' }, async (page) => {
      await page.keyboard.press('m');
      await expect
        .poll(async () => page.getByTestId('mic-toggle').getAttribute('aria-pressed'))
        .toBe('false');
      await page.keyboard.press('v');
      await expect.poll(async () => page.getByTestId('self-video').isVisible()).toBe(false);
    });
  });

  it('is muted by M with the focus on a button', async () => {
    await on({ scene: 'connected' }, async (page) => {
      await page.getByTestId('call-more').focus();
      await page.keyboard.press('m');
      expect((await commands(page)).at(-1)).toEqual(['setMicrophone', false]);
    });
  });

  it.each([
    ['a text input', '<input>'],
    ['a text area', '<textarea></textarea>'],
    ['a list', '<select><option>a</option></select>'],
    ['an editable text', '<div contenteditable="true">a</div>'],
  ])('leaves M and V to the person who types into %s', async (_what, html) => {
    await on({ scene: 'connected' }, async (page) => {
      const before = (await commands(page)).length;
      await page.evaluate((markup) => document.body.insertAdjacentHTML('beforeend', markup), html);
      await page.locator('body > :last-child').focus();
      await page.keyboard.type('mv');
      expect((await commands(page)).slice(before)).toEqual([]);
      expect(await page.getByTestId('mic-toggle').getAttribute('aria-pressed')).toBe('true');
    });
  });

  it('that rings is accepted by Ctrl+Shift+A and declined by Ctrl+Shift+D', async () => {
    await on({ scene: 'incoming' }, async (page) => {
      await page.keyboard.press('Control+Shift+A');
      await page.keyboard.press('Control+Shift+D');
      expect((await commands(page)).slice(-2)).toEqual([['accept', { video: true }], ['decline']]);
    });
  });

  it('plays the remote picture', async () => {
    await on({ scene: 'connected' }, async (page) => {
      const video = page.getByTestId('remote-video');
      await expect
        .poll(async () => video.evaluate((element) => (element as HTMLVideoElement).videoWidth))
        .toBe(1280);
    });
  });

  it('fades its controls after four seconds without pointer or key, and brings them back', async () => {
    await on({ scene: 'connected', fakeTime: true }, async (page) => {
      const bar = page.getByTestId('hang-up');
      const opacity = async () =>
        bar.evaluate((element) => getComputedStyle(element.parentElement ?? element).opacity);
      await page.clock.runFor(4_100);
      await expect.poll(opacity).toBe('0');
      await page.mouse.move(300, 300);
      await page.mouse.move(310, 310);
      await expect.poll(opacity).toBe('1');
    });
  });

  it('keeps its controls while the keyboard is in them or a menu is open', async () => {
    await on({ scene: 'connected', fakeTime: true }, async (page) => {
      const faded = async () =>
        page.getByTestId('call-view').evaluate((view) => view.classList.contains('faded'));
      await page.getByTestId('mic-toggle').focus();
      await page.keyboard.press('ArrowRight');
      await page.clock.runFor(10_000);
      expect(await faded()).toBe(false);
      await page.getByTestId('call-more').click();
      await page.clock.runFor(10_000);
      expect(await faded()).toBe(false);
    });
  });

  it('moves the own picture by arrow keys, by the menu and by dragging', async () => {
    await on({ scene: 'connected' }, async (page) => {
      const self = page.getByTestId('self-view');
      const corner = async () => self.getAttribute('data-corner');
      await self.focus();
      await page.keyboard.press('ArrowUp');
      await expect.poll(corner).toBe('topRight');
      await page.getByTestId('call-more').click();
      await page.getByRole('menuitemradio', { name: 'Bottom left' }).click();
      await expect.poll(corner).toBe('bottomLeft');
      const box = await self.boundingBox();
      await page.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 20);
      await page.mouse.down();
      await page.mouse.move(900, 60, { steps: 4 });
      await page.mouse.up();
      await expect.poll(corner).toBe('topRight');
    });
  });

  it('finds the own picture in the corner where the call before left it', async () => {
    await on({ scene: 'connected' }, async (page) => {
      const self = page.getByTestId('self-view');
      await self.press('ArrowUp');
      await showCall(page, null);
      await page.getByTestId('dial-input').waitFor();
      await showCall(page, 'connected');
      await expect.poll(async () => self.getAttribute('data-corner')).toBe('topRight');
    });
  });

  it.each([
    ['home', 'preview-video', 'matrix(-1, 0, 0, 1, 0, 0)'],
    ['connected', 'self-video', 'matrix(-1, 0, 0, 1, 0, 0)'],
    ['connected', 'remote-video', 'none'],
  ])('(on the screen "%s") shows the %s mirrored as %s', async (scene, video, transform) => {
    await on({ scene }, async (page) => {
      const shown = page.getByTestId(video);
      expect(await shown.evaluate((element) => getComputedStyle(element).transform)).toBe(transform);
    });
  });

  it('is heard from the speaker that was chosen', async () => {
    await on({ scene: 'connected' }, async (page) => {
      await page.evaluate(() => {
        HTMLMediaElement.prototype.setSinkId = async function setSinkId(this: HTMLElement, id) {
          this.dataset.sink = id;
          await Promise.resolve();
        };
      });
      await page.getByTestId('call-picker-speaker').click();
      await page.getByRole('menuitemradio', { name: 'HDMI' }).click();
      const sink = async (id: string) => page.getByTestId(id).getAttribute('data-sink');
      await expect.poll(async () => sink('remote-video')).toBe('id-HDMI / DisplayPort 3');
      expect(await sink('self-video')).toBeNull();
    });
  });

  it('changes the camera from its bar and keeps the choice', async () => {
    await on({ scene: 'connectedMenu' }, async (page) => {
      await page.getByRole('menuitemradio', { name: 'Logitech' }).click();
      const device = expect.objectContaining({
        label: expect.stringContaining('Logitech') as string,
      }) as object;
      expect(await commands(page)).toContainEqual(['prefer', 'camera', device]);
      expect(await asked(page)).toContainEqual({
        command: 'settingsUpdate',
        args: { devices: { camera: device } },
      });
    });
  });

  it('that ended is put away by Escape', async () => {
    await on({ scene: 'endedDeclined' }, async (page) => {
      expect(await page.getByTestId('end-reason').innerText()).toBe('Ended: they declined');
      await page.keyboard.press('Escape');
      await page.getByTestId('dial-input').waitFor();
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
