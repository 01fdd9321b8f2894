import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { farLink, farServer } from '#tests/support/uiHarness/contactActs.ts';
import { qrPicture } from '#tests/support/uiHarness/contactFiles.ts';
import { choose, saves } from '#tests/support/uiHarness/contactProbes.ts';
import { asked, commands, tell } from '#tests/support/uiHarness/harnessOf.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

/** Waits longer than vitest does by itself: pictures are read beside the page. */
const until = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 20_000 });
const on = openScreens();
const switches = async (page: Page) =>
  ((await asked(page)) as readonly { command: string; args: unknown }[])
    .filter(({ command }) => command === 'settingsUpdate')
    .map(({ args }) => args);

describe('a link to another server', () => {
  it('is told in the form for a new contact, who can be added all the same', async () => {
    await on({ scene: 'contactAddElsewhere' }, async (page) => {
      expect(await page.getByTestId('link-server').innerText()).toBe(farServer);
      await page.getByTestId('contact-name-input').fill('Gallery');
      await page.getByTestId('add-save').click();
      await until(async () => page.getByTestId('contact-name').innerText()).toBe('Gallery');
      expect((await saves(page)).map(({ id }) => id)).toEqual([personId(42)]);
      expect(await switches(page)).toEqual([]);
    });
  });

  it('is taken over from the form only when the person says so', async () => {
    await on({ scene: 'contactAddElsewhere' }, async (page) => {
      await page.getByTestId('add-switch').click();
      await until(async () => switches(page)).toEqual([{ server: { mode: 'remote', url: farServer } }]);
    });
  });

  it('is found in a QR code too', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await choose(page, 'add-picture-file', qrPicture(farLink(43)));
      await until(async () => page.getByTestId('add-id').inputValue()).toBe(farLink(43));
      expect(await page.getByTestId('link-server').innerText()).toBe(farServer);
    });
  });

  it('is asked about before the dial field calls anybody', async () => {
    await on({ scene: 'dialElsewhere' }, async (page) => {
      expect(await page.getByTestId('dial-hint').innerText()).toContain(farServer);
      await page.getByTestId('dial-input').press('Enter');
      await page.getByTestId('link-dialog').waitFor();
      expect(await page.getByTestId('link-server').innerText()).toBe(farServer);
      expect((await commands(page)).map(([name]) => name)).not.toContain('dial');
      await page.getByTestId('link-stay').click();
      await page.getByTestId('link-voice').click();
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(9), { video: false }]);
    });
  });

  it('is refused, with its id, where it cannot be used', async () => {
    const broken = `${peerLink(personId(44))}?server=https%3A%2F%2Fexample.org`;
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.getByTestId('add-id').fill(broken);
      await until(async () => page.getByTestId('add-hint').innerText()).toContain('cannot be used');
      await page.getByTestId('contact-name-input').fill('Gallery');
      await page.getByTestId('add-save').click();
      expect(await saves(page)).toEqual([]);
    });
    await on({ scene: 'home' }, async (page) => {
      await page.getByTestId('dial-input').fill(broken);
      await page.getByTestId('dial-input').press('Enter');
      expect(await page.getByTestId('dial-hint').innerText()).toContain('cannot be used');
      expect((await commands(page)).map(([name]) => name)).not.toContain('dial');
    });
  });
});

describe('a link that was opened', () => {
  it('puts the notice about a bad one before it away', async () => {
    await on({ scene: 'home' }, async (page) => {
      await tell(page, 'notice', { code: 'PEER_LINK_INVALID' });
      const notice = page.locator('[data-testid="notice"][data-code="PEER_LINK_INVALID"]');
      await notice.waitFor();
      await tell(page, 'linkOpened', { id: personId(9), server: null });
      await page.getByTestId('link-dialog').waitFor();
      expect(await notice.count()).toBe(0);
    });
  });
});

describe('the form for a new contact', () => {
  it('shows the whole of the id that it understood', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.getByTestId('add-id').fill(`my id is ${personId(50)} bye`);
      await until(async () => page.getByTestId('add-hint').innerText()).toBe(
        `Understood: ${formatPeerId(personId(50))}`,
      );
    });
  });

  it('loses its camera by Escape, and itself only by a second one', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.getByTestId('contact-name-input').fill('Gallery');
      await page.getByTestId('add-camera').click();
      await page.getByTestId('qr-camera').waitFor();
      await page.keyboard.press('Escape');
      await until(async () => page.getByTestId('qr-camera').count()).toBe(0);
      expect(await page.getByTestId('contact-name-input').inputValue()).toBe('Gallery');
      await until(async () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
        'add-camera',
      );
      await page.keyboard.press('Escape');
      await until(async () => page.getByTestId('add-contact').count()).toBe(0);
    });
  });
});
