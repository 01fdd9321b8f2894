import { expect } from '@playwright/test';
import { callOutcome, ringBoth, says, talk, test, windowsOf } from '#tests/support/e2e/household.ts';
import type { Instance } from '#tests/support/e2e/launchPair.ts';
import { launchHousehold, ownNames } from '#tests/support/e2e/ownDevices.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { expectNewestCall, newestCall, openPage } from '#tests/support/e2e/people.ts';
import { notedPhases, notePhases } from '#tests/support/e2e/phaseLog.ts';

// Three and more starts of the app in one test take longer than a call.
test.slow();

test.describe('a call to somebody with two computers', () => {
  test('that was missed is looked at once: the mark goes from both', async ({ household }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    await ringBoth(windows);
    await caller.hangUp();
    for (const window of [first, second]) {
      // Away from the list, which looks at what it shows.
      await openPage(window, 'contacts');
      await window.expectEnded('missed');
      await window.element('call-close').click();
      await expect(window.element('missed-badge')).toHaveText('1');
    }
    await openPage(first, 'calls');
    await expect(first.element('missed-badge')).toBeHidden();
    await expect(second.element('missed-badge')).toBeHidden();
    await openPage(second, 'calls');
    await caller.close();
  });

  test('reaches neither of them after the caller was blocked on one, until let in on the other', async ({
    household,
  }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    const id = await caller.id();
    await ringBoth(windows);
    await first.element('incoming-block').click();
    await second.expectEnded('declinedElsewhere');
    await Promise.all([first.close(), second.close()]);
    await caller.hangUp();
    await caller.close();
    // The server learns of it a moment later.
    await openPage(second, 'settings');
    await expect(second.element('blocked')).toHaveAttribute('data-id', id);
    await openPage(second, 'calls');
    await expect.poll(async () => callOutcome(windows)).toBe('offline');

    await openPage(second, 'settings');
    await second.element('unblock').click();
    await openPage(first, 'settings');
    await expect(first.element('blocked-empty')).toBeVisible();
    await Promise.all([openPage(first, 'calls'), openPage(second, 'calls')]);
    await expect.poll(async () => callOutcome(windows)).toBe('cancelled');
    await expect(first.element('missed-badge')).toBeHidden();
  });

  test('says the name that one computer gave the other', async ({ household }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    const name = 'in the kitchen';
    await renameOther(second, name);
    await openPage(first, 'settings');
    await expect(first.page.locator('[data-testid="own-device"][data-self="true"]')).toContainText(name);
    await openPage(first, 'calls');

    await ringBoth(windows);
    await first.answer();
    await second.expectEnded('answeredElsewhere');
    await says(second, `answered on ${name}`);
    await second.close();
    await caller.hangUp();
    await Promise.all([caller.close(), first.close()]);
    await expect(newestCall(second).getByTestId('history-call')).toHaveAttribute(
      'aria-label',
      new RegExp(`Answered on ${name}`),
    );
    await renameOther(second, ownNames.first);
  });
});

/** Gives the other computer a name, in the settings. */
async function renameOther(window: PeerWindow, name: string): Promise<void> {
  await openPage(window, 'settings');
  const other = window.page.locator('[data-testid="own-device"][data-self="false"]');
  await other.getByTestId('own-device-rename').click();
  await other.getByTestId('own-device-name').fill(name);
  await other.getByTestId('own-device-name').press('Enter');
  await expect(other).toContainText(name);
  await openPage(window, 'calls');
}

test.describe('a computer that was away', () => {
  test('shows the calls of the meantime as the other one has them', async ({ launch, server }) => {
    const household = await launchHousehold(server.url, launch);
    const windows = windowsOf(household);
    const { caller, first } = windows;
    const id = await caller.id();
    await ringBoth(windows, 'voice');
    await first.answer();
    await Promise.all([caller.expectPhase('connected'), first.expectPhase('connected')]);
    await household.second.app.close();
    await talk(caller);
    await caller.hangUp();
    await Promise.all([caller.close(), first.close()]);
    // One that it has not seen at all.
    await caller.dial(windows.calleeId, 'voice');
    await first.expectRinging();
    await first.answer('decline');
    await caller.expectEnded('declined');
    await caller.close();

    const second = await launch(ownNames.second, {
      args: ['--server', server.url],
      folder: household.second.folder,
    });
    await second.window.ready();
    const rows = second.window.element('history-row');
    await expect(rows).toHaveCount(2);
    await expectNewestCall(second.window, {
      id,
      end: 'declinedByMe',
      says: new RegExp(`Voice, Declined on ${ownNames.first}`),
    });
    await expect(rows.nth(1)).toHaveAttribute('data-end', 'peerHungUp');
    await expect(rows.nth(1).getByTestId('history-call')).toHaveAttribute(
      'aria-label',
      new RegExp(`Voice, Answered on ${ownNames.first}, \\d+ s,`),
    );
    await expect(second.window.element('missed-badge')).toBeHidden();
  });
});

test.describe('a computer that another one signed out', () => {
  test('in a call loses it, is told so, stays out, and does not ring, until the identity is restored on it', async ({
    launch,
    follow,
    server,
  }) => {
    const household = await launchHousehold(server.url, launch);
    const { caller, first, second, calleeId } = windowsOf(household);
    await caller.dial(calleeId);
    await first.expectRinging();
    await first.answer();
    await Promise.all([caller.expectPhase('connected'), first.expectPhase('connected')]);
    await openPage(second, 'settings');
    await second.element('own-device-sign-out').click();
    await second.element('confirm-action').click();
    await Promise.all([first.expectEnded('signalingDown'), caller.expectEnded('peerLeft')]);
    expect((await first.capturedDevices()).microphone).toBe('');
    await Promise.all([first.close(), caller.close()]);
    await expect(first.element('signed-out')).toContainText('Signed out.');
    await expect(first.element('connection-state')).toHaveAttribute('data-phase', 'offline');
    await expect(second.element('own-device')).toHaveCount(1);
    await openPage(second, 'calls');

    await household.first.app.close();
    const again = await launch(ownNames.first, {
      args: ['--server', server.url],
      folder: household.first.folder,
      pageScript: notePhases,
    });
    await expect(again.window.element('signed-out')).toBeVisible();
    await expect(again.window.element('offline-retry')).toHaveCount(0);

    await caller.dial(calleeId);
    await second.expectRinging();
    await expect(caller.element('call-status')).toHaveText('Ringing');
    expect(await notedPhases(again.window)).toEqual([]);
    await second.answer('decline');
    await Promise.all([caller.close(), second.close()]);

    const phrase = await shownPhrase(household.second);
    await restoreByPhrase(again.window, phrase);
    const restored = await follow(again);
    await restored.window.ready();
    expect(await restored.window.id()).toBe(calleeId);
    await caller.dial(calleeId);
    await Promise.all([restored.window.expectRinging(), second.expectRinging()]);
    await expect(caller.element('call-status')).toHaveText('Ringing on 2 devices');
    await restored.window.answer();
    await second.expectEnded('answeredElsewhere');
    await says(second, `answered on ${ownNames.first}`);
  });
});

async function shownPhrase({ app, window }: Instance): Promise<string> {
  await app.answerDialog({ kind: 'message', button: 0 });
  await openPage(window, 'settings');
  await window.element('identity-phrase').click();
  const words = window.element('phrase-words').locator('.word');
  await expect(words).toHaveCount(24);
  const phrase = (await words.allInnerTexts()).join(' ');
  await window.element('phrase-hide').click();
  await openPage(window, 'calls');
  return phrase;
}

async function restoreByPhrase(window: PeerWindow, phrase: string): Promise<void> {
  await openPage(window, 'settings');
  await window.element('identity-restore').click();
  await window.element('restore-phrase').fill(phrase);
  await window.element('restore-next').click();
  await window.element('restore-confirm').click();
}
