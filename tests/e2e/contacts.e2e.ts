import { expect } from '@playwright/test';
import { formatPeerId, peerLink, type PeerId } from '#shared/identity/peerId.ts';
import { test } from '#tests/support/e2e/fixtures.ts';
import { openPage } from '#tests/support/e2e/people.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { blankPicture, cardFile, qrPicture } from '#tests/support/uiHarness/contactFiles.ts';
import { personId } from '#tests/support/uiHarness/people.ts';

// Two starts of the app and a few dozen steps take longer than a call.
test.slow();

async function openForm(window: PeerWindow): Promise<void> {
  await openPage(window, 'contacts');
  await window.element('contact-add').click();
}

async function fillIn(window: PeerWindow, id: string, name: string): Promise<void> {
  await openForm(window);
  await window.element('add-id').fill(id);
  await window.element('contact-name-input').fill(name);
  await window.element('add-save').click();
  await expect(window.element('contact-name')).toHaveText(name);
}

/**
 * The file that is offered for download. Where it is put is the system's part: it is read as it is offered
 * (the download itself is in tests/integration/uiContacts.test.ts).
 */
async function exported(window: PeerWindow): Promise<string> {
  await window.page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (object) => {
      if (object instanceof Blob && object.type.startsWith('text/vcard')) {
        Object.assign(globalThis, { offered: object.text() });
      }
      return make(object);
    };
  });
  await window.element('contacts-menu').click();
  await window.element('contacts-export').click();
  await window.page.waitForFunction(() => 'offered' in globalThis);
  return window.page.evaluate(async () => (globalThis as unknown as { offered: Promise<string> }).offered);
}

async function importCards(window: PeerWindow, text: string): Promise<void> {
  await openPage(window, 'contacts');
  await window.element('contacts-menu').click();
  await window.element('contacts-import').click();
  await window.element('import-file').setInputFiles({ ...cardFile(text) });
}

test.describe('the address book', () => {
  test('takes people by id, by link and by the QR code of a picture', async ({ pair }) => {
    const { caller } = pair;
    await fillIn(caller, formatPeerId(personId(60)).toLowerCase(), 'By id');
    await fillIn(caller, `call me: ${peerLink(personId(61))}`, 'By link');
    await openForm(caller);
    await caller.element('add-picture-file').setInputFiles({ ...qrPicture(peerLink(personId(62))) });
    await expect(caller.element('add-id')).toHaveValue(formatPeerId(personId(62)));
    await caller.element('contact-name-input').fill('By code');
    await caller.element('add-save').click();
    await expect(caller.element('contact-name')).toHaveText('By code');
    await expect(caller.element('contact')).toHaveCount(3);
    await openPage(caller, 'calls');
  });

  test('is searched, marked, edited with a picture, and gives back what was deleted', async ({ pair }) => {
    const { callee } = pair;
    await fillIn(callee, personId(63), '上海办公室');
    await fillIn(callee, personId(64), 'Café');
    await callee.element('contact-search').fill('shbgs');
    await expect(callee.element('contact')).toHaveText(/上海办公室/);
    await callee.element('contact-search').fill('cafe');
    await expect(callee.element('contact')).toHaveText(/Café/);
    await callee.element('contact').click();
    await callee.element('contact-favourite').click();
    await expect(callee.element('contact-favourite')).toHaveAttribute('aria-pressed', 'true');

    await callee.element('contact-edit').click();
    await callee.element('contact-name-input').fill(`Café ${'x'.repeat(10_000)}`);
    await callee.element('contact-note-input').fill('<b>Corner</b>\nsecond line');
    await callee.element('picture-file').setInputFiles({ ...blankPicture(5_472, 3_648) });
    await expect(callee.element('picture-chosen')).toBeVisible({ timeout: 30_000 });
    await callee.element('contact-save').click();
    await expect(callee.element('contact-name')).toHaveText(`Café ${'x'.repeat(195)}`);
    await expect(callee.element('contact-note')).toHaveText('<b>Corner</b> second line');
    await expect(callee.element('contact-detail').locator('img')).toBeVisible();

    await callee.element('contact-delete').click();
    await expect(callee.element('contact-detail')).toHaveCount(0);
    await callee.element('contact-undo').click();
    await expect(callee.element('contact-detail').locator('img')).toBeVisible();
    await openPage(callee, 'calls');
  });

  test('goes to another computer as a file, pictures and all', async ({ launch, server }) => {
    const args = ['--server', server.url];
    const from = await launch('caller', { args });
    await fillIn(from.window, personId(65), 'מרתף');
    await from.window.element('contact-edit').click();
    await from.window.element('contact-favourite-input').click();
    await from.window.element('contact-note-input').fill('a, b; c\nd');
    await from.window.element('picture-file').setInputFiles({ ...blankPicture(600, 400) });
    await expect(from.window.element('picture-chosen')).toBeVisible();
    await from.window.element('contact-save').click();
    await expect(from.window.element('contact-note')).toBeVisible();
    const text = await exported(from.window);

    const to = await launch('second-device', { args });
    await importCards(to.window, `${text}BEGIN:VCARD\r\nFN:Nobody\r\nEND:VCARD\r\nBEGIN:VCARD\r\n`);
    await expect(to.window.element('import-summary')).toContainText('Added: 1. Changed: 0.');
    await expect(to.window.element('import-summary')).toContainText('1 card has no Peerline id.');
    await expect(to.window.element('import-summary')).toContainText('1 card is damaged.');
    await to.window.element('import-done').click();
    await to.window.element('contact').click();
    await expect(to.window.element('contact-name')).toHaveText('מרתף');
    await expect(to.window.element('contact-note')).toHaveText('a, b; c d');
    await expect(to.window.element('contact-favourite')).toHaveAttribute('aria-pressed', 'true');
    await expect(to.window.element('contact-detail').locator('img')).toBeVisible();
  });

  test('is there after a restart', async ({ launch, server }) => {
    const args = ['--server', server.url];
    const first = await launch('caller', { args });
    await fillIn(first.window, personId(66), 'Kept');
    await first.app.close();
    const again = await launch('caller', { args, folder: first.folder });
    await openPage(again.window, 'contacts');
    await expect(again.window.element('contact')).toHaveText(/Kept/);
  });

  test('names whom the dial field calls, and who calls', async ({ pair }) => {
    const { caller, callee } = pair;
    const callerId = await caller.id();
    await fillIn(caller, await callee.id(), 'North office');
    await openPage(caller, 'calls');
    await fillIn(callee, callerId, 'South office');
    await openPage(callee, 'calls');
    await caller.element('dial-input').fill('north');
    await expect(caller.element('dial-hint')).toHaveText('Enter calls North office');
    await caller.element('dial-input').press('Enter');
    await callee.expectRinging();
    await expect(callee.callView).toContainText('South office');
    await callee.answer('decline');
    await caller.expectEnded('declined');
    await caller.close();
    await callee.close();
  });
});

test.describe('bad input', () => {
  const saved = async (window: PeerWindow) => window.element('contact').count();

  test('in the form for a new contact is explained, and nothing is saved', async ({ pair }) => {
    const { caller } = pair;
    await openForm(caller);
    const known = formatPeerId(personId(70));
    for (const [text, said] of [
      ['Peerline', /8 of 25/],
      ['4F7KQ-2M9XA-HB3WD-P0ZRN-6C8VE', /One character is wrong/],
      [known.slice(0, 12), /of 25 characters/],
      ['\u202E -- ', /^$/],
      ['\u0000', /does not occur/],
    ] as const) {
      await caller.element('add-id').fill(text);
      await expect(caller.element('add-hint')).toHaveText(said);
    }
    await caller.element('add-picture-file').setInputFiles({ ...qrPicture('https://example.org/') });
    await expect(caller.element('add-said')).toContainText('about something else');
    await caller.element('contact-name-input').fill('Somebody');
    await caller.element('add-save').click();
    await expect(caller.element('add-contact')).toBeVisible();
    await caller.element('add-contact-close').click();
    await openPage(caller, 'calls');
    const own = (await caller.id()) as PeerId;
    await openForm(caller);
    await caller.element('add-id').fill(own);
    await expect(caller.element('add-hint')).toContainText('your own id');
    await caller.element('add-contact-close').click();
    await openPage(caller, 'calls');
  });

  test('of an id that is there already leads to that contact', async ({ pair }) => {
    const { callee } = pair;
    await fillIn(callee, personId(71), 'There');
    const before = await saved(callee);
    await openForm(callee);
    await callee.element('add-id').fill(peerLink(personId(71)));
    await expect(callee.element('add-hint')).toContainText('There');
    await callee.element('add-save').click();
    await expect(callee.element('contact-name')).toHaveText('There');
    expect(await saved(callee)).toBe(before);
    await openPage(callee, 'calls');
  });

  test('of ten megabytes of nonsense says that there is no card', async ({ pair }) => {
    const { caller } = pair;
    await importCards(caller, '\u0000nonsense;:"\\'.repeat(1024 * 1024));
    await expect(caller.element('import-problem')).toContainText('no vCard', { timeout: 60_000 });
    await caller.element('import-close').click();
    await openPage(caller, 'calls');
  });

  test('without a camera there is a polite word, and other ways stay', async ({ launch, server }) => {
    const { window } = await launch('caller', { args: ['--server', server.url], cameras: 0 });
    await openForm(window);
    await window.element('add-camera').click();
    await expect(window.element('qr-camera-problem')).toContainText('You can enter the id');
    await window.element('add-id').fill(personId(72));
    await expect(window.element('qr-camera')).toHaveCount(0);
    await window.element('contact-name-input').fill('Without a camera');
    await window.element('add-save').click();
    await expect(window.element('contact-name')).toHaveText('Without a camera');
  });

  test('is text wherever it stands', async ({ pair }) => {
    const { caller } = pair;
    const script = '<img src=x onerror="document.title=1">\u202E\u0007';
    await openForm(caller);
    await caller.element('add-id').fill(personId(73));
    await caller.element('contact-name-input').fill(script);
    await caller.element('contact-note-input').fill(script);
    await caller.element('add-save').click();
    await expect(caller.element('contact-name')).toHaveText('<img src=x onerror="document.title=1">');
    await expect(caller.page).toHaveTitle('Peerline');
    await openPage(caller, 'calls');
  });
});
