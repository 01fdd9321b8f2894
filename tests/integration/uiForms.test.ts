import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { callIdSchema } from '#shared/identity/ids.ts';
import { formatPeerId } from '#shared/identity/peerId.ts';
import { asked, tell } from '#tests/support/uiHarness/harnessOf.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';
import { personId } from '#tests/support/uiHarness/people.ts';

const on = openScreens();
const lastArgs = async (page: Page, command: string) =>
  ((await asked(page)) as readonly { readonly command: string; readonly args: unknown }[]).findLast(
    (one) => one.command === command,
  )?.args;

describe('the dialog that restores', () => {
  it('restores what it has shown, whatever was typed while main looked', async () => {
    await on({ scene: 'identityRestoreFile' }, async (page) => {
      await page.evaluate(() => {
        document.querySelector<HTMLElement>('[data-testid="restore-next"]')?.click();
        const passphrase = document.querySelector<HTMLInputElement>('[data-testid="restore-passphrase"]');
        if (passphrase === null) {
          throw new Error('no field');
        }
        passphrase.value = 'another passphrase';
        passphrase.dispatchEvent(new Event('input', { bubbles: true }));
      });
      await page.getByTestId('restore-confirm').click();
      await page.getByTestId('restore-done').waitFor();
      expect(await lastArgs(page, 'identityRestore')).toMatchObject({ passphrase: 'a long passphrase' });
    });
  });
});

describe('the password of a relay', () => {
  it('keeps its blanks, while address and name lose theirs', async () => {
    await on({ scene: 'settings' }, async (page) => {
      const password = page.getByTestId('ice-password').last();
      await password.fill(' pass word ');
      await password.blur();
      const name = page.getByTestId('ice-user').last();
      await name.fill(' user ');
      await name.blur();
      await expect
        .poll(async () => lastArgs(page, 'settingsUpdate'))
        .toMatchObject({
          iceServers: [{}, { username: 'user', credential: ' pass word ' }],
        });
    });
  });
});

describe('the dialog that adds a contact', () => {
  const addsCaller = async (page: Page) =>
    tell(page, 'incomingAction', { callId: callIdSchema.parse('B'.repeat(22)), action: 'add' });
  const opened = async (page: Page) => {
    await page.getByTestId('nav-contacts').click();
    await page.getByTestId('contact-add').click();
    return page.getByTestId('add-id');
  };

  it('takes the caller who is to be added while it is open and empty', async () => {
    await on({ scene: 'incoming' }, async (page) => {
      const field = await opened(page);
      await addsCaller(page);
      await expect.poll(async () => field.inputValue()).toBe(formatPeerId(personId(2)));
    });
  });

  it('keeps an id that was being typed', async () => {
    await on({ scene: 'incoming' }, async (page) => {
      const field = await opened(page);
      await field.fill('4F7KQ');
      await addsCaller(page);
      expect(await field.inputValue()).toBe('4F7KQ');
    });
  });
});
