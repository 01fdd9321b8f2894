import { describe, expect, it } from 'vitest';
import { asked, commands, showCall } from '#tests/support/uiHarness/harnessOf.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();

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
