import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { peerLink } from '#shared/identity/peerId.ts';
import { asked, commands, hold, showCall } from '#tests/support/uiHarness/harnessOf.ts';
import { cardFile } from '#tests/support/uiHarness/contactFiles.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';
import { personId } from '#tests/support/uiHarness/people.ts';

const on = openScreens();

const focused = async (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid'));

/** A call is taken and is over again; `during` sees it. */
async function callPasses(page: Page, during: () => Promise<void> = async () => Promise.resolve()) {
  await showCall(page, 'incoming');
  await showCall(page, 'connected');
  await page.getByTestId('call-view').waitFor();
  await expect.poll(async () => focused(page)).toBe('call-view');
  await expect.poll(async () => page.getByTestId('pages').isVisible()).toBe(false);
  await during();
  await showCall(page, 'endedTalked');
  await page.getByTestId('call-close').waitFor();
  await showCall(page, null);
  await page.getByTestId('pages').waitFor();
}

const typed = async (page: Page, field: string) => page.getByTestId(field).last().inputValue();

async function choose(page: Page, seed: number): Promise<void> {
  await page.getByTestId('contact-search').fill(personId(seed));
  await page.locator(`[data-id="${personId(seed)}"] [data-testid="contact"]`).click();
}

describe('behind a call', () => {
  it('the changes of a contact are kept, and the focus returns to them', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      const note = page.getByTestId('contact-note-input');
      await note.fill('rings twice');
      await callPasses(page);
      expect(await typed(page, 'contact-note-input')).toBe('rings twice');
      await expect.poll(async () => focused(page)).toBe('contact-note-input');
      await page.getByTestId('contact-save').click();
      await page.getByText('rings twice').first().waitFor();
    });
  });

  it.each([
    ['the address of a server', 'settingsRemote', 'setting-server-url', 'wss://calls.exam'],
    ['the address of a relay', 'settingsIce', 'ice-urls', 'turns:relay.exam'],
    ['the name of a computer', 'settingsRename', 'own-device-name', 'the one upsta'],
    ['an id', 'home', 'dial-input', '4F7KQ-2M9XA'],
  ])('%s is kept half typed', async (_what, scene, field, text) => {
    await on({ scene }, async (page) => {
      await page.getByTestId(field).last().fill(text);
      await callPasses(page);
      expect(await typed(page, field)).toBe(text);
      await expect.poll(async () => focused(page)).toBe(field);
    });
  });

  it.each([
    ['the phrase of a restore', 'identityRestore', 'restore-dialog', 'restore-phrase'],
    ['the passphrases of a backup', 'identityBackupWeak', 'backup-dialog', 'backup-again'],
    ['a contact to be added', 'contactAddElsewhere', 'add-contact', 'add-id'],
  ])('%s: the dialog does not lie over it, and comes back as it was', async (_what, scene, dialog, field) => {
    await on({ scene }, async (page) => {
      const before = await typed(page, field);
      expect(before).not.toBe('');
      await callPasses(page, async () => {
        expect(await page.getByTestId(dialog).count()).toBe(0);
        // Nothing of the dialog keeps the call from being used.
        await page.getByTestId('hang-up').click({ trial: true });
        await page.getByTestId('mic-toggle').click({ trial: true });
      });
      await page.getByTestId(dialog).waitFor();
      expect(await typed(page, field)).toBe(before);
    });
  });

  it('a question is taken back, because it may be another one afterwards', async () => {
    await on({ scene: 'homeRemoveAll' }, async (page) => {
      await callPasses(page, async () => expect(await page.getByTestId('confirm').count()).toBe(0));
      expect(await page.getByTestId('confirm').count()).toBe(0);
    });
  });

  it('the list of keys can be asked for, also where it was open before', async () => {
    await on({ scene: 'shortcuts' }, async (page) => {
      await callPasses(page, async () => {
        expect(await page.getByTestId('shortcuts').count()).toBe(0);
        await page.keyboard.press('?');
        await page.getByTestId('shortcuts').waitFor();
        await page.keyboard.press('Escape');
      });
    });
  });

  it('the offer to bring a contact back waits', async () => {
    await on({ scene: 'contactRemoved', fakeTime: true }, async (page) => {
      await showCall(page, 'connected');
      await page.getByTestId('call-view').waitFor();
      await page.clock.runFor(60_000);
      await showCall(page, null);
      await page.getByTestId('contact-undo').waitFor();
      await page.clock.runFor(10_100);
      await expect.poll(async () => page.getByTestId('contact-undo').count()).toBe(0);
    });
  });

  it.each([
    ['contactEdit', 'contact-name-input', 'contact-form', 'contactSave'],
    ['contactAdd', 'contact-name-input', 'add-contact', 'contactSave'],
  ])('(on the screen "%s") a key that is still down sends nothing', async (scene, field, form, command) => {
    await on({ scene }, async (page) => {
      if (scene === 'contactAdd') {
        await page.getByTestId('add-id').fill(peerLink(personId(43)));
      }
      await page.getByTestId(field).fill('half a na');
      await showCall(page, 'incoming');
      await showCall(page, 'connected');
      await page.getByTestId('call-view').waitFor();
      await showCall(page, 'endedTalked');
      await expect.poll(async () => focused(page)).toBe('call-close');
      await page.keyboard.down('Enter');
      await showCall(page, null);
      await page.getByTestId('pages').waitFor();
      for (let repeat = 0; repeat < 3; repeat++) {
        await page.keyboard.down('Enter');
      }
      await page.keyboard.up('Enter');
      await page.getByTestId(form).waitFor();
      expect(await typed(page, field)).toBe('half a na');
      const sent = (await asked(page)) as readonly { readonly command: string }[];
      expect(sent.map((one) => one.command)).not.toContain(command);
    });
  });

  it('the focus returns although the call was answered with the pointer', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      await page.getByTestId('contact-note-input').fill('rings twice');
      await showCall(page, 'incoming');
      await page.getByTestId('incoming-accept').click();
      await showCall(page, 'connected');
      await page.getByTestId('call-view').waitFor();
      await showCall(page, null);
      await expect.poll(async () => focused(page)).toBe('contact-note-input');
    });
  });

  it('a dialog that is opened in the call stays open after it', async () => {
    await on({ scene: 'home' }, async (page) => {
      await callPasses(page, async () => {
        await page.keyboard.press('?');
        await page.getByTestId('shortcuts').waitFor();
      });
      expect(await page.getByTestId('shortcuts').isVisible()).toBe(true);
    });
  });

  it.each([
    ['homeMenu', '[role="menu"]'],
    ['contactsMenu', '[role="menu"]'],
  ])('(on the screen "%s") no menu stays open', async (scene, menu) => {
    await on({ scene }, async (page) => {
      await page.locator(menu).waitFor();
      await callPasses(page, async () => {
        await expect.poll(async () => page.locator(menu).count()).toBe(0);
      });
      expect(await page.locator(menu).count()).toBe(0);
    });
  });

  it('what was missed does not count as looked at', async () => {
    await on({ scene: 'home', fakeTime: true }, async (page) => {
      const marks = async () =>
        ((await asked(page)) as readonly { readonly command: string }[]).filter(
          ({ command }) => command === 'historySeen',
        ).length;
      await showCall(page, 'connected');
      await page.getByTestId('call-view').waitFor();
      await page.clock.runFor(10_000);
      expect(await marks()).toBe(0);
      await showCall(page, null);
      await page.getByTestId('dial-input').waitFor();
      await page.clock.runFor(2_000);
      expect(await marks()).toBe(1);
    });
  });

  it('the page stays the one that it was, whatever Escape does in the call', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      await callPasses(page, async () => {
        await page.keyboard.press('Escape');
        await page.keyboard.press('Escape');
      });
      expect(await page.getByTestId('contact-form').isVisible()).toBe(true);
    });
  });

  it.each([
    ['/', 'dial-input'],
    ['p', 'contacts-page'],
  ])('the end of it makes way for the page that %s asks for', async (key, place) => {
    await on({ scene: 'endedTalked' }, async (page) => {
      await page.getByTestId('call-close').waitFor();
      await page.keyboard.press(key);
      await page.getByTestId(place).waitFor();
      expect(await page.getByTestId('call-view').count()).toBe(0);
    });
  });

  it('an import goes on', async () => {
    await on({ scene: 'contactsImport' }, async (page) => {
      await hold(page, 'contactsImport');
      const card = [
        'BEGIN:VCARD',
        'VERSION:4.0',
        'FN:New office',
        `IMPP:${peerLink(personId(40))}`,
        'END:VCARD',
      ];
      await page.getByTestId('import-file').setInputFiles(cardFile(card.join('\r\n')));
      const running = page.locator('[data-testid="import-body"][data-phase="running"]');
      await running.waitFor();
      await callPasses(page, async () => expect(await page.getByTestId('import').count()).toBe(0));
      await running.waitFor();
    });
  });
});

describe('a call that rings over a dialog', () => {
  it.each([
    ['identityRestore', 'restore-dialog'],
    ['contactQr', 'qr'],
  ])('(on the screen "%s") is answered in the window, and leaves the dialog alone', async (scene, dialog) => {
    await on({ scene }, async (page) => {
      await showCall(page, 'incoming');
      await page.getByTestId('incoming-accept').click();
      expect(await commands(page)).toContainEqual(['accept', { video: true }]);
      expect(await page.getByTestId(dialog).isVisible()).toBe(true);
    });
  });

  it('is there for a screen reader beside the dialog that was opened from it', async () => {
    await on({ scene: 'incomingStranger' }, async (page) => {
      await page.getByTestId('incoming-add').click();
      await page.getByTestId('add-contact').waitFor();
      const hidden = page.locator('[aria-hidden="true"] [data-testid="incoming-accept"]');
      expect(await hidden.count()).toBe(0);
    });
  });

  it('and was not taken leaves a strip that can be used', async () => {
    await on({ scene: 'contactQr' }, async (page) => {
      await showCall(page, 'endedByMe');
      await page.getByTestId('call-again').click();
      expect((await commands(page)).map(([command]) => command)).toContain('dial');
      expect(await page.getByTestId('qr').isVisible()).toBe(true);
    });
  });
});

describe('what is not saved yet', () => {
  it('is not thrown away by Escape; what was not touched is closed', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      await page.getByTestId('contact-name-input').fill('Atelier, new');
      await page.keyboard.press('Escape');
      expect(await typed(page, 'contact-name-input')).toBe('Atelier, new');
      await page.getByTestId('contact-name-input').fill('Atelier');
      await page.keyboard.press('Escape');
      await page.getByTestId('contact-edit').waitFor();
    });
  });

  it('is kept while another contact is open, and marked in the list', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      await page.getByTestId('contact-name-input').fill('Atelier, new');
      await choose(page, 16);
      await page.getByTestId('contact-edit').waitFor();
      await page.getByTestId('nav-settings').click();
      await page.getByTestId('nav-contacts').click();
      await choose(page, 10);
      expect(await typed(page, 'contact-name-input')).toBe('Atelier, new');
      await page.getByTestId('contact-edited').waitFor();
      // The row keeps the focus: who goes through the list is not led away from it.
      expect(await focused(page)).toBe('contact');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await expect.poll(async () => page.getByTestId('contact-edited').count()).toBe(0);
      expect(await page.getByTestId('contact-name').innerText()).toBe('Atelier');
    });
  });

  it('takes up what is changed beside it', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      const star = page.getByTestId('contact-favourite');
      const before = await star.getAttribute('aria-pressed');
      await page.getByTestId('contact-note-input').fill('second floor');
      await star.click();
      await expect.poll(async () => star.getAttribute('aria-pressed')).not.toBe(before);
      await page.getByTestId('contact-save').click();
      await page.getByTestId('contact-edit').waitFor();
      expect(await star.getAttribute('aria-pressed')).not.toBe(before);
    });
  });

  it.each([
    ['the address of a server', 'settingsRemote', 'setting-server-url', 'wss://calls.exam'],
    ['the address of a relay', 'settingsIce', 'ice-urls', 'turns:relay.exam'],
    ['the name of a computer', 'settingsRename', 'own-device-name', 'the one upsta'],
  ])('%s is there when the settings are opened again', async (_what, scene, field, text) => {
    await on({ scene }, async (page) => {
      await page.getByTestId(field).last().fill(text);
      await page.getByTestId('nav-calls').click();
      await page.getByTestId('dial-input').waitFor();
      await page.getByTestId('nav-settings').click();
      expect(await typed(page, field)).toBe(text);
    });
  });
});

describe('the recovery phrase', () => {
  it('does not come back after a call', async () => {
    await on({ scene: 'identityPhrase' }, async (page) => {
      await callPasses(page);
      expect(await page.getByTestId('phrase-dialog').count()).toBe(0);
      expect(await page.content()).not.toContain('sausage');
    });
  });
});
