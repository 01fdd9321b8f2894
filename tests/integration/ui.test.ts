import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personId } from '#tests/support/uiHarness/people.ts';
import { scenesAt } from '#tests/support/uiHarness/scenes.ts';
import {
  graveViolations,
  overflowing,
  Screens,
  type Screen,
  type ScreenOptions,
} from '#tests/support/uiHarness/Screens.ts';

let screens: Screens;

beforeAll(async () => {
  screens = await Screens.open();
});

afterAll(async () => screens.close());

async function on(options: ScreenOptions, act: (page: Page, screen: Screen) => Promise<void>): Promise<void> {
  const screen = await screens.show(options);
  try {
    await act(screen.page, screen);
  } finally {
    await screen.close();
  }
}

/** Commands to the engine or to main, by name, since the page was opened. */
const commands = async (page: Page): Promise<readonly (readonly unknown[])[]> =>
  page.evaluate(
    () => (window as unknown as { harness: { commands: readonly (readonly unknown[])[] } }).harness.commands,
  );
const asked = async (page: Page): Promise<readonly unknown[]> =>
  page.evaluate(() => (window as unknown as { harness: { asked: readonly unknown[] } }).harness.asked);

const looks = [
  { locale: 'en', theme: 'light', size: { width: 1080, height: 700 } },
  { locale: 'zh-CN', theme: 'dark', size: { width: 360, height: 480 } },
] as const;

describe.each(looks)('in $locale, $theme, $size.width pixels wide', (look) => {
  it.each(Object.keys(scenesAt(0)))(
    'the screen "%s" obeys the page policy, has no grave accessibility violation and fits',
    async (scene) => {
      await on({ scene, ...look }, async (page, { problems }) => {
        expect(problems).toEqual([]);
        expect(await graveViolations(page)).toEqual([]);
        expect(await overflowing(page)).toEqual([]);
      });
    },
  );
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

  it('sends nothing for a wrong check character', async () => {
    await on({ scene: 'dialCheck' }, async (page) => {
      await page.getByTestId('dial-video').click();
      expect((await commands(page)).map(([name]) => name)).not.toContain('dial');
      await expect.poll(async () => page.getByTestId('dial-hint').innerText()).toContain('wrong');
    });
  });
});

describe('the list of calls', () => {
  it('is one tab stop: arrows move, Enter calls, Delete removes', async () => {
    await on({ scene: 'home' }, async (page) => {
      const rows = page.getByTestId('recent').locator('[data-roving]');
      await rows.first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(2), { video: true }]);
      expect(
        await rows.evaluateAll((all) => all.filter((row) => (row as HTMLElement).tabIndex === 0).length),
      ).toBe(1);
      await page.keyboard.press('Delete');
      await expect.poll(async () => rows.count()).toBe(5);
    });
  });

  it('puts an id into the dial field by a click', async () => {
    await on({ scene: 'home' }, async (page) => {
      await page.getByTestId('recent').first().locator('[data-roving]').click();
      expect(await page.getByTestId('dial-input').inputValue()).toContain('-');
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
        .poll(async () => JSON.stringify((await asked(page)).at(-1)))
        .toContain('"urls":["stun:example.org"]');
    });
  });
});
