import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { asked, commands, showCall, tell } from '#tests/support/uiHarness/harnessOf.ts';
import { samplePhrase } from '#tests/support/uiHarness/identityScenes.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();
const argsOf = async (page: Page, command: string) =>
  ((await asked(page)) as { command: string; args: unknown }[])
    .filter((one) => one.command === command)
    .map(({ args }) => args);

describe('the recovery phrase', () => {
  it('is 24 numbered words, and gone from the page by Escape', async () => {
    await on({ scene: 'identityPhrase' }, async (page) => {
      const words = page.getByTestId('phrase-words').locator('li');
      expect(await words.count()).toBe(24);
      expect((await words.nth(23).innerText()).replace(/\s+/g, ' ')).toBe('24 title');
      await page.keyboard.press('Escape');
      await page.getByTestId('phrase-dialog').waitFor({ state: 'detached' });
      expect(await page.content()).not.toContain('sausage');
    });
  });

  it('is alone on paper', async () => {
    await on({ scene: 'identityPhrase' }, async (page) => {
      await page.evaluate(() => {
        window.print = () => document.body.setAttribute('data-printed', 'yes');
      });
      await page.getByTestId('phrase-print').click();
      expect(await page.locator('body').getAttribute('data-printed')).toBe('yes');
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('#app').isVisible()).toBe(false);
      expect(await page.getByTestId('phrase-words').isVisible()).toBe(true);
      expect(await page.getByTestId('phrase-print').isVisible()).toBe(false);
    });
  });

  it('goes when a call takes the window', async () => {
    await on({ scene: 'identityPhrase' }, async (page) => {
      await showCall(page, 'connected');
      await page.getByTestId('phrase-dialog').waitFor({ state: 'detached' });
      expect(await page.content()).not.toContain('sausage');
    });
  });
});

describe('a backup', () => {
  it('asks for the passphrase twice before anything is asked of main', async () => {
    await on({ scene: 'identityBackupWeak' }, async (page) => {
      await page.getByText('The two are not the same.').waitFor();
      expect(await page.getByTestId('backup-strength').getAttribute('data-strength')).toBe('weak');
      expect(await argsOf(page, 'identityBackup')).toEqual([]);
    });
  });

  it('does not take fewer than eight characters', async () => {
    await on({ scene: 'identityBackup' }, async (page) => {
      await page.getByTestId('backup-passphrase').fill('seven77');
      await page.getByTestId('backup-again').fill('seven77');
      await page.keyboard.press('Enter');
      await page.getByText('At least 8 characters.').waitFor();
      expect(await argsOf(page, 'identityBackup')).toEqual([]);
    });
  });

  it('says that it works, and that it is saved', async () => {
    await on({ scene: 'identityBackupBusy' }, async (page) => {
      await page.getByText('Encrypting. This takes a few seconds.').waitFor();
      expect(await page.getByTestId('backup-save').isDisabled()).toBe(true);
    });
    await on({ scene: 'identityBackupSaved' }, async (page) => {
      await page.getByTestId('backup-saved').waitFor();
      expect(await argsOf(page, 'identityBackup')).toEqual([{ passphrase: 'four words in a row' }]);
    });
  });

  it('forgets the passphrase when the dialog is closed', async () => {
    await on({ scene: 'identityBackupWeak' }, async (page) => {
      await page.keyboard.press('Escape');
      await page.getByTestId('identity-backup').click();
      expect(await page.getByTestId('backup-passphrase').inputValue()).toBe('');
    });
  });
});

describe('restoring', () => {
  it('names the word that is wrong, and goes on with 24 right ones only', async () => {
    await on({ scene: 'identityRestoreWord' }, async (page) => {
      await page.getByText('Word 2, “winnner”, is in no recovery phrase.').waitFor();
      expect(await page.getByTestId('restore-next').isDisabled()).toBe(true);
      await page.getByTestId('restore-phrase').fill(samplePhrase);
      await expect.poll(async () => page.getByTestId('restore-next').isEnabled()).toBe(true);
    });
  });

  it('says whose identity it is and what is kept before it replaces anything', async () => {
    await on({ scene: 'identityRestoreFound' }, async (page) => {
      expect(await page.getByTestId('restore-id').getAttribute('data-id')).toBe(personId(7));
      await page.getByText('The present key is not deleted').waitFor();
      expect(await argsOf(page, 'identityRestore')).toEqual([]);
      await page.getByTestId('restore-confirm').click();
      await expect.poll(async () => argsOf(page, 'identityRestore')).toHaveLength(1);
      await page.locator('[data-done="restarting"]').waitFor();
    });
  });

  it('brings a computer back that was signed out, with the identity that it has', async () => {
    await on({ scene: 'identityRejoin' }, async (page) => {
      await page.getByTestId('restore-rejoins').waitFor();
      expect(await page.getByText('The present key is not deleted').count()).toBe(0);
    });
    await on({ scene: 'identityRejoinDone' }, async (page) => {
      await page.locator('[data-done="rejoining"]').waitFor();
      expect(await argsOf(page, 'identityRestore')).toHaveLength(1);
    });
  });

  it('offers nothing to replace when it is the present identity', async () => {
    await on({ scene: 'identityRestoreSame' }, async (page) => {
      await page.getByText('This is the identity that you use here already.').waitFor();
      expect(await page.getByTestId('restore-confirm').count()).toBe(0);
    });
  });
});

describe('a link', () => {
  it('is dialled only by a button, with or without video', async () => {
    await on({ scene: 'linkStranger' }, async (page) => {
      await page.keyboard.press('Enter');
      await tell(page, 'linkOpened', { id: personId(9), server: null });
      expect((await commands(page)).map(([name]) => name)).not.toContain('dial');
      await page.getByTestId('link-voice').click();
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(9), { video: false }]);
    });
  });

  it('to a contact shows the name and does not offer to add them', async () => {
    await on({ scene: 'linkContact' }, async (page) => {
      await page.getByTestId('link-who').getByText('南办公室').waitFor();
      expect(await page.getByTestId('link-add').count()).toBe(0);
    });
  });

  it('to somebody else opens the form of the address book with the id', async () => {
    await on({ scene: 'linkStranger' }, async (page) => {
      await page.getByTestId('link-add').click();
      await page.getByTestId('add-contact').waitFor();
      expect((await page.getByTestId('add-id').inputValue()).replaceAll('-', '')).toBe(personId(9));
    });
  });

  it('to another server shows both addresses, and changes over when told to', async () => {
    await on({ scene: 'linkOtherServer' }, async (page) => {
      expect(await page.getByTestId('link-video').count()).toBe(0);
      expect(await argsOf(page, 'settingsUpdate')).toEqual([]);
      await page.getByTestId('link-switch').click();
      await expect
        .poll(async () => argsOf(page, 'settingsUpdate'))
        .toMatchObject([{ server: { mode: 'remote' } }]);
    });
  });

  it('to another server can be called on the present one', async () => {
    await on({ scene: 'linkOtherServer' }, async (page) => {
      await page.getByTestId('link-stay').click();
      await page.getByTestId('link-video').click();
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(9), { video: true }]);
    });
  });

  it('to the own id offers nothing but to close', async () => {
    await on({ scene: 'linkOwn' }, async (page) => {
      await page.getByText('This link names your own id.').waitFor();
      expect(await page.getByTestId('link-video').count()).toBe(0);
    });
  });
});
