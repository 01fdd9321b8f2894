import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { lookingElsewhere } from '#tests/support/e2e/pageScripts.ts';
import { addContact, chooseStatus, newestCall, openPage } from '#tests/support/e2e/people.ts';

/** Counts what the page has played so far, for tones are nothing but oscillators. */
const countTones = `(() => {
  globalThis.__tones = 0;
  const Native = globalThis.OscillatorNode;
  globalThis.OscillatorNode = class OscillatorNode extends Native {
    constructor(...args) {
      super(...args);
      globalThis.__tones += 1;
    }
  };
})();`;

const tones = async (window: PeerWindow): Promise<number> =>
  window.page.evaluate(() => (globalThis as unknown as { __tones: number }).__tones);

/** The state that the only contact is shown with, here in the list of contacts. */
async function expectPresence(window: PeerWindow, state: string, word: RegExp): Promise<void> {
  const contact = window.element('contact').first();
  if (state === 'offline') {
    await expect(contact.getByTestId('presence')).toHaveCount(0);
  } else {
    await expect(contact.getByTestId('presence')).toHaveAttribute('data-state', state);
    await expect(contact).toHaveAttribute('aria-label', word);
  }
}

// Three starts of the app in one test take longer than a call.
test.slow();

test.describe('presence', () => {
  test('follows a contact: online, in a call, do not disturb, hidden, away', async ({
    launchTwo,
    launch,
    server,
  }) => {
    const [watcher, contact] = await launchTwo();
    await Promise.all([watcher.window.ready(), contact.window.ready()]);
    const [watcherId, contactId] = [await watcher.window.id(), await contact.window.id()];
    await addContact(contact.window, { id: watcherId, name: 'Watcher' });
    await addContact(watcher.window, { id: contactId, name: 'North office' });
    await openPage(watcher.window, 'contacts');
    await expectPresence(watcher.window, 'online', /Online/);

    const third = await launch('third', { args: ['--server', server.url] });
    await third.window.ready();
    await third.window.dial(contactId, 'voice');
    await contact.window.expectRinging();
    await contact.window.answer();
    await contact.window.expectPhase('connected');
    await expectPresence(watcher.window, 'inCall', /In a call/);
    await third.window.hangUp();
    await contact.window.close();
    await expectPresence(watcher.window, 'online', /Online/);

    await chooseStatus(contact.window, 'doNotDisturb');
    await expectPresence(watcher.window, 'doNotDisturb', /Do not disturb/);
    await chooseStatus(contact.window, 'offline');
    await expectPresence(watcher.window, 'offline', /North office$/);
    await chooseStatus(contact.window, 'online');
    await expectPresence(watcher.window, 'online', /Online/);
    await contact.app.close();
    await expectPresence(watcher.window, 'offline', /North office$/);
  });

  test('of somebody who does not have me among the contacts is not shown', async ({ launchTwo }) => {
    const [watcher, stranger] = await launchTwo();
    await Promise.all([watcher.window.ready(), stranger.window.ready()]);
    await addContact(watcher.window, { id: await stranger.window.id(), name: 'North office' });
    await openPage(watcher.window, 'contacts');
    await expectPresence(watcher.window, 'offline', /North office$/);
    // Something that the server orders after it: a call, which arrives.
    await openPage(watcher.window, 'calls');
    await watcher.window.dial(await stranger.window.id());
    await stranger.window.expectRinging();
    await stranger.window.answer('decline');
    await watcher.window.close();
    await openPage(watcher.window, 'contacts');
    await expectPresence(watcher.window, 'offline', /North office$/);
  });
});

test.describe('do not disturb', () => {
  test('lets a call show in the window, without a sound', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo({ callee: { pageScript: countTones } });
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const calleeId = await callee.window.id();
    await chooseStatus(callee.window, 'doNotDisturb');
    await caller.window.dial(calleeId);
    await callee.window.expectRinging();
    await expect(callee.window.callView).toHaveAttribute('data-quiet', 'true');
    await expect(caller.window.callView).toHaveAttribute('data-stage', 'ringing');
    expect(await tones(callee.window)).toBe(0);
    await callee.window.answer('decline');
    await callee.window.close();
    await caller.window.close();

    // The same call with the status that rings: the count counts.
    await chooseStatus(callee.window, 'online');
    await caller.window.dial(calleeId);
    await callee.window.expectRinging();
    await expect.poll(async () => tones(callee.window)).toBeGreaterThan(0);
    await callee.window.answer('decline');
  });

  test('hides the window of an incoming call, also of one that rings, and counts what was missed', async ({
    launchTwo,
  }) => {
    const [caller, callee] = await launchTwo({ callee: { pageScript: lookingElsewhere } });
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const calleeId = await callee.window.id();
    const popup = await callee.app.waitForWindow('incoming.html');
    const shown = async () => callee.app.isShown(popup);
    await callee.app.blurWindow(callee.window.page);

    await caller.window.dial(calleeId);
    await callee.window.expectRinging();
    await expect.poll(shown).toBe(true);
    await chooseStatus(callee.window, 'doNotDisturb');
    await expect.poll(shown).toBe(false);
    await expect(callee.window.element('incoming-accept')).toBeVisible();
    await chooseStatus(callee.window, 'online');
    await expect.poll(shown).toBe(true);
    await caller.window.hangUp();
    await expect.poll(shown).toBe(false);
    await caller.window.close();

    await chooseStatus(callee.window, 'doNotDisturb');
    await caller.window.dial(calleeId);
    await callee.window.expectRinging();
    await expect(caller.window.callView).toHaveAttribute('data-stage', 'ringing');
    expect(await shown()).toBe(false);
    await caller.window.hangUp();
    await expect(newestCall(callee.window)).toHaveAttribute('data-end', 'missed');
    expect(await shown()).toBe(false);
    // Twice the same caller: one row, and one mark.
    await expect(callee.window.element('missed-badge')).toHaveText('1');
    await expect
      .poll(async () => callee.app.attention())
      .toMatchObject({ badge: 1, tray: { toolTip: 'Peerline: 1 missed call' } });
  });
});

test.describe('how far a call has come', () => {
  test('is said: ringing only once it rings', async ({ pair }) => {
    const { caller, callee } = pair;
    await caller.dial(await callee.id());
    await callee.expectRinging();
    await expect(caller.callView).toHaveAttribute('data-stage', 'ringing');
    await expect(caller.element('call-status')).toHaveText('Ringing');
    await expect(caller.element('live-region')).toContainText('Ringing');
    await callee.answer('decline');
    await caller.expectEnded('declined');
    await caller.close();
    await callee.close();
  });
});
