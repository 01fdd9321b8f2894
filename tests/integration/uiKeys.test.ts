import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { asked, commands } from '#tests/support/uiHarness/harnessOf.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';
import { personId } from '#tests/support/uiHarness/people.ts';

const on = openScreens();
const focused = async (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null);
const namesOf = async (page: Page) => (await commands(page)).map(([name]) => name);
const timesAsked = async (page: Page, command: string) =>
  (await asked(page)).filter((one) => (one as { readonly command: string }).command === command).length;

describe('the key of the dial field', () => {
  it.each(['settings', 'contacts'])('brings the field and the focus from the page "%s"', async (view) => {
    await on({ scene: 'home' }, async (page) => {
      await page.getByTestId(`nav-${view}`).click();
      await page.getByTestId('dial-input').waitFor({ state: 'detached' });
      await page.keyboard.press('/');
      await expect.poll(async () => focused(page)).toBe('dial-input');
      expect(await page.getByTestId('dial-input').inputValue()).toBe('');
    });
  });

  it('works while a button with the focus shows its name', async () => {
    await on({ scene: 'home' }, async (page) => {
      await page.getByTestId('dial-input').focus();
      await page.keyboard.press('Tab');
      await page.getByRole('tooltip').waitFor({ state: 'attached' });
      await page.keyboard.press('/');
      await expect.poll(async () => focused(page)).toBe('dial-input');
    });
  });

  it('leaves a dialog that is open as it is', async () => {
    await on({ scene: 'identityPhrase' }, async (page) => {
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await dialog.getByRole('button').last().focus();
      await page.keyboard.press('/');
      expect(await dialog.count()).toBe(1);
      expect(await page.getByTestId('dial-input').count()).toBe(0);
    });
  });
});

describe('letter keys', () => {
  it.each(['v', 'm'])('pick from a menu that is open in a call, and switch nothing (%s)', async (key) => {
    await on({ scene: 'connected' }, async (page) => {
      await page.getByTestId('call-picker-camera').focus();
      await page.keyboard.press('Enter');
      await page.getByRole('menu').waitFor();
      await page.keyboard.press(key);
      const said = await namesOf(page);
      expect(said).not.toContain('setCamera');
      expect(said).not.toContain('setMicrophone');
    });
  });
});

describe('the Delete key held down', () => {
  const hold = async (page: Page, row: string, command: string) => {
    await page.getByTestId(row).first().focus();
    await page.keyboard.down('Delete');
    await expect.poll(async () => timesAsked(page, command)).toBe(1);
    await expect.poll(async () => focused(page)).toBe(row);
    // Every further press without a release in between is a repetition.
    await page.keyboard.down('Delete');
    await page.keyboard.down('Delete');
    await page.keyboard.up('Delete');
    return timesAsked(page, command);
  };

  it('deletes one call', async () => {
    await on({ scene: 'home' }, async (page) => {
      expect(await hold(page, 'history-call', 'historyRemove')).toBe(1);
    });
  });

  it('deletes one contact', async () => {
    await on({ scene: 'contacts' }, async (page) => {
      expect(await hold(page, 'contact', 'contactRemove')).toBe(1);
    });
  });
});

describe('Escape', () => {
  it('in a field of the settings leaves the page as it is', async () => {
    await on({ scene: 'settingsRemote' }, async (page) => {
      const address = page.getByTestId('setting-server-url');
      await address.fill('wss://calls');
      await page.keyboard.press('Escape');
      expect(await address.inputValue()).toBe('wss://calls');
      await address.blur();
      await page.keyboard.press('Escape');
      await address.waitFor({ state: 'detached' });
    });
  });
});

describe('an id that is dialled while somebody else rings', () => {
  it('stays in its field, with a notice of what comes first', async () => {
    await on({ scene: 'incoming' }, async (page) => {
      await page.getByTestId('dial-input').fill(personId(9));
      await page.getByTestId('dial-input').press('Enter');
      await page.locator('[data-testid="notice"][data-code="CALL_BUSY"]').waitFor();
      expect(await page.getByTestId('dial-input').inputValue()).toBe(personId(9));
    });
  });
});

describe('the focus', () => {
  it('goes to the next server when one is removed, and from the last to the button that adds', async () => {
    await on({ scene: 'settings' }, async (page) => {
      const addresses = page.getByTestId('ice-urls');
      await page.getByTestId('ice-remove').first().focus();
      await page.keyboard.press('Enter');
      await expect.poll(async () => focused(page)).toBe('ice-urls');
      expect(await addresses.count()).toBe(1);
      await page.getByTestId('ice-remove').focus();
      await page.keyboard.press('Enter');
      await expect.poll(async () => focused(page)).toBe('ice-add');
    });
  });

  it('goes on in the list of blocked people, and to its name when nobody is left', async () => {
    await on({ scene: 'settingsPrivacy' }, async (page) => {
      await page.getByTestId('unblock').first().focus();
      await page.keyboard.press('Enter');
      await expect.poll(async () => page.getByTestId('unblock').count()).toBe(1);
      await expect.poll(async () => focused(page)).toBe('unblock');
      await page.keyboard.press('Enter');
      await expect.poll(async () => focused(page)).toBe('blocked-title');
    });
  });
});
