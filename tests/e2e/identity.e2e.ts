import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import type { Instance } from '#tests/support/e2e/launchPair.ts';
import { addContact, openPage } from '#tests/support/e2e/people.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { samplePhrase } from '#tests/support/uiHarness/identityScenes.ts';

const stranger = 'CSM7N-BFRCA-YQEV4-FR65R-X7WE1';
const passphrase = 'four words that nobody guesses';

/** Argon2id at its full cost, twice for a restore, on a machine that has other things to do. */
const kdfMs = 90_000;

async function shownPhrase({ app, window }: Instance): Promise<string> {
  await app.answerDialog({ kind: 'message', button: 0 });
  await openPage(window, 'settings');
  await window.element('identity-phrase').click();
  const words = window.element('phrase-words').locator('.word');
  await expect(words).toHaveCount(24);
  return (await words.allInnerTexts()).join(' ');
}

async function savedBackup({ app, window, folder }: Instance): Promise<string> {
  const path = join(folder, 'backup.json');
  await app.answerDialog({ kind: 'save', path });
  await openPage(window, 'settings');
  await window.element('identity-backup').click();
  await window.element('backup-passphrase').fill(passphrase);
  await window.element('backup-again').fill(passphrase);
  await window.element('backup-save').click();
  await expect(window.element('backup-saved')).toBeVisible({ timeout: kdfMs });
  await window.page.keyboard.press('Escape');
  return path;
}

async function readBackup(window: PeerWindow, path: string, secret: string): Promise<void> {
  await window.element('restore-from-backup').click();
  await window.element('restore-file').setInputFiles(path);
  await window.element('restore-passphrase').fill(secret);
  await window.element('restore-next').click();
}

const expectRefused = async (window: PeerWindow, code: string): Promise<void> =>
  expect(window.element('restore-refused')).toHaveAttribute('data-code', code, { timeout: kdfMs });

test.describe('an identity', () => {
  test('comes to a second computer by its phrase, and what was there is kept aside', async ({
    launch,
    follow,
    server,
  }) => {
    const args = ['--server', server.url];
    const [first, second] = await Promise.all([
      launch('first-device', { args }),
      launch('second-device', { args: [...args, `peerline:${stranger}`] }),
    ]);
    await Promise.all([first.window.ready(), expect(second.window.element('link-id')).toBeVisible()]);
    await second.window.element('link-cancel').click();
    const id = await first.window.id();
    expect(await second.window.id()).not.toBe(id);
    const phrase = await shownPhrase(first);

    await openPage(second.window, 'settings');
    await second.window.element('identity-restore').click();
    await second.window.element('restore-phrase').fill(phrase.toUpperCase().replaceAll(' ', '\n'));
    await second.window.element('restore-next').click();
    await expect(second.window.element('restore-id')).toHaveAttribute('data-id', id);
    await second.app.answerDialog({ kind: 'message', button: 0 });
    await second.window.element('restore-confirm').click();

    const again = await follow(second);
    await again.window.ready();
    expect(await again.window.id()).toBe(id);
    // The link that the app was started with has been asked about already.
    await expect(again.window.element('link-dialog')).toHaveCount(0);
    const files = await readdir(second.folder);
    expect(files.filter((name) => name.startsWith('identity.json.replaced-'))).toHaveLength(1);
  });

  test('keeps its phrase from a page when the person does not agree', async ({ launch, server }) => {
    const { app, window } = await launch('first-device', { args: ['--server', server.url] });
    await window.ready();
    await openPage(window, 'settings');
    await window.element('identity-phrase').click();
    await expect.poll(async () => (await app.shownDialogs()).length).toBe(1);
    await expect(window.element('identity-phrase')).toBeEnabled();
    await expect(window.element('phrase-words')).toHaveCount(0);
    const taken = await window.page.evaluate(async () => {
      const { peerline } = window as unknown as {
        peerline: { identityPhrase(args: object): Promise<unknown> };
      };
      return peerline.identityPhrase({});
    });
    expect(taken).toEqual({ ok: true, value: null });
  });

  test('is not replaced by a page when the person does not agree', async ({ launch, server }) => {
    const { app, window } = await launch('first-device', { args: ['--server', server.url] });
    await window.ready();
    const id = await window.id();
    await openPage(window, 'settings');
    await window.element('identity-restore').click();
    await window.element('restore-phrase').fill(samplePhrase);
    await window.element('restore-next').click();
    await window.element('restore-confirm').click();
    await expect.poll(async () => (await app.shownDialogs()).length).toBe(1);
    const [{ text } = { text: '' }] = await app.shownDialogs();
    expect(text).toContain(id.match(/.{5}/g)?.join('-'));
    await expect(window.element('restore-confirm')).toBeEnabled();
    await expect(window.element('restore-done')).toHaveCount(0);
    const taken = await window.page.evaluate(async (phrase) => {
      const { peerline } = window as unknown as {
        peerline: { identityRestore(source: object): Promise<unknown> };
      };
      return peerline.identityRestore({ from: 'phrase', phrase });
    }, samplePhrase);
    expect(taken).toEqual({ ok: true, value: false });
    await window.page.keyboard.press('Escape');
    await openPage(window, 'calls');
    expect(await window.id()).toBe(id);
  });

  test('leaves no word of the phrase in the page once it is hidden', async ({ launch, server }) => {
    const instance = await launch('first-device', { args: ['--server', server.url] });
    await instance.window.ready();
    const phrase = await shownPhrase(instance);
    await instance.window.element('phrase-hide').click();
    await expect(instance.window.element('phrase-dialog')).toHaveCount(0);
    const html = await instance.window.page.content();
    expect(html).not.toContain(phrase.split(' ').slice(0, 2).join(' '));
    expect(instance.app.output()).not.toContain(phrase);
  });

  test('comes to a second computer by a backup, with its contacts', async ({ launch, follow, server }) => {
    test.setTimeout(6 * kdfMs);
    const args = ['--server', server.url];
    const [first, second] = await Promise.all([
      launch('first-device', { args }),
      launch('second-device', { args }),
    ]);
    await Promise.all([first.window.ready(), second.window.ready()]);
    const id = await first.window.id();
    await addContact(first.window, { id: stranger, name: 'North office' });
    const path = await savedBackup(first);
    if (process.platform !== 'win32') {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('North office');

    const before = await second.window.id();
    await openPage(second.window, 'settings');
    await second.window.element('identity-restore').click();
    await readBackup(second.window, path, 'not these words');
    await expectRefused(second.window, 'BACKUP_WRONG_PASSPHRASE');
    const cut = join(second.folder, 'cut.json');
    await writeFile(cut, text.slice(0, -40));
    await readBackup(second.window, cut, passphrase);
    await expectRefused(second.window, 'BACKUP_DAMAGED');

    await readBackup(second.window, path, passphrase);
    await expect(second.window.element('restore-id')).toHaveAttribute('data-id', id, { timeout: kdfMs });
    await expect(second.window.element('restore-contacts')).toContainText('1');
    await second.app.answerDialog({ kind: 'message', button: 0 });
    await second.window.element('restore-confirm').click();
    const again = await follow(second);
    await again.window.ready();
    expect(await again.window.id()).toBe(id);
    expect(id).not.toBe(before);
    await openPage(again.window, 'contacts');
    await expect(again.window.element('contact')).toContainText('North office');
  });

  test('does not come from a file of 64 MB that is something else', async ({ launch, server }) => {
    const { window, folder } = await launch('first-device', { args: ['--server', server.url] });
    await window.ready();
    const large = join(folder, 'large.json');
    await writeFile(large, Buffer.alloc(64 * 1024 * 1024 + 1, '['));
    await openPage(window, 'settings');
    await window.element('identity-restore').click();
    await window.element('restore-from-backup').click();
    await window.element('restore-file').setInputFiles(large);
    await expectRefused(window, 'BACKUP_DAMAGED');
    await expect(window.element('restore-next')).toBeDisabled();
  });
});
