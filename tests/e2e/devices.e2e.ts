import { expect } from '@playwright/test';
import { test as base } from '#tests/support/e2e/fixtures.ts';
import type { Instance } from '#tests/support/e2e/launchPair.ts';
import {
  launchHousehold,
  ownNames,
  startHousehold,
  type LaunchedHousehold,
} from '#tests/support/e2e/ownDevices.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { expectNewestCall, newestCall, openPage, resting } from '#tests/support/e2e/people.ts';
import { forgetPhases, notedPhases, notePhases } from '#tests/support/e2e/phaseLog.ts';

/** From the moment at which one computer has the call, milliseconds. */
const stopsWithinMs = 1_000;

/** A machine with too much to do can hold one of them up; whatever waits for something holds up all. */
const stopRounds = 3;

const test = base.extend<
  { readonly household: LaunchedHousehold },
  { readonly sharedHousehold: LaunchedHousehold }
>({
  household: async ({ sharedHousehold }, use) => {
    const { caller, first, second } = sharedHousehold;
    await resting(
      [caller, first, second].map(({ window }) => window),
      async () => use(sharedHousehold),
    );
  },
  sharedHousehold: [
    async ({ browserName: _ }, use) => {
      const household = await startHousehold();
      await use(household);
      await household.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

// Three and more starts of the app in one test take longer than a call.
test.slow();

interface Windows {
  readonly caller: PeerWindow;
  readonly first: PeerWindow;
  readonly second: PeerWindow;
  readonly calleeId: string;
}

const windowsOf = ({
  caller,
  first,
  second,
  calleeId,
}: {
  readonly caller: Instance;
  readonly first: Instance;
  readonly second: Instance;
  readonly calleeId: string;
}): Windows => ({ caller: caller.window, first: first.window, second: second.window, calleeId });

/** The caller dials, and it rings on both computers. */
async function ringBoth({ caller, first, second, calleeId }: Windows, kind: 'video' | 'voice' = 'video') {
  await Promise.all([caller, first, second].map(forgetPhases));
  await caller.dial(calleeId, kind);
  await Promise.all([first.expectRinging(), second.expectRinging()]);
}

/** Calls, and gives up as soon as it rings anywhere; returns why the call ended. */
async function callOutcome({ caller, first, second, calleeId }: Windows): Promise<string | null> {
  await caller.dial(calleeId);
  const ringing = caller.page.locator('[data-testid="call-view"][data-stage="ringing"]');
  await expect(caller.element('end-reason').or(ringing)).toBeVisible();
  if (await ringing.isVisible()) {
    await caller.hangUp();
    for (const window of [first, second]) {
      await expect(window.element('incoming-accept')).toBeHidden();
      if (await window.element('call-close').isVisible()) {
        await window.close();
      }
    }
  }
  const reason = await caller.element('end-reason').getAttribute('data-reason');
  await caller.close();
  return reason;
}

/** A moment of conversation: the list of calls counts it in seconds. */
const talk = async ({ page }: PeerWindow) =>
  page.waitForFunction(() => {
    const timer = document.querySelector('[data-testid="call-timer"]')?.textContent.trim();
    return timer !== undefined && timer !== '' && timer !== '00:00';
  });

/** It rang, and then it was over, without anything in between. */
async function expectOnlyRang(window: PeerWindow): Promise<void> {
  expect((await notedPhases(window)).map(({ phase }) => phase)).toEqual(['incoming', 'ended']);
}

/** When a window showed a phase first, milliseconds since the epoch. */
async function timeOf(window: PeerWindow, phase: string): Promise<number> {
  const noted = (await notedPhases(window)).find((entry) => entry.phase === phase);
  expect(noted, `${phase} was never shown`).toBeDefined();
  return noted?.at ?? 0;
}

const says = async (window: PeerWindow, sentence: string) =>
  expect(window.element('end-reason')).toHaveText(`Ended: ${sentence}`);

test.describe('a call to somebody with two computers', () => {
  test('rings on both; the one that answers has it, and the other stops and says so', async ({
    household,
  }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    await ringBoth(windows);
    await expect(caller.element('call-status')).toHaveText('Ringing on 2 devices');
    await first.answer();
    await second.expectEnded('answeredElsewhere');
    await says(second, `answered on ${ownNames.first}`);
    await expectOnlyRang(second);

    await Promise.all([caller.expectPhase('connected'), first.expectPhase('connected')]);
    await Promise.all([caller.expectPictureAndSound(), first.expectPictureAndSound()]);
    expect(await second.resources()).toMatchObject({ connections: 0 });
    await second.close();
    await talk(caller);
    await caller.hangUp();
    await Promise.all([caller.close(), first.close()]);
  });

  test('stops ringing on the other one within a second', async ({ household }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    const rangOn: number[] = [];
    for (let round = 0; round < stopRounds; round++) {
      await ringBoth(windows, 'voice');
      await first.answer();
      await second.expectEnded('answeredElsewhere');
      rangOn.push((await timeOf(second, 'ended')) - (await timeOf(first, 'connecting')));
      await second.close();
      await caller.hangUp();
      await Promise.all([caller.close(), first.close()]);
    }
    expect(Math.min(...rangOn)).toBeLessThan(stopsWithinMs);
  });

  test('is in the list of both with the same outcome, and with the computer that had it', async ({
    household,
  }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    const id = await caller.id();
    await ringBoth(windows, 'voice');
    await second.answer();
    await first.expectEnded('answeredElsewhere');
    await first.close();
    await Promise.all([caller.expectPhase('connected'), second.expectPhase('connected')]);
    // Already while it lasts: who has it is known.
    await expectNewestCall(first, {
      id,
      end: 'answeredElsewhere',
      says: new RegExp(`Voice, Answered on ${ownNames.second}`),
    });
    await talk(caller);
    await second.hangUp();
    await Promise.all([caller.close(), second.close()]);

    await expectNewestCall(second, { id, end: 'hungUp', says: /Voice, Incoming, \d+ s,/ });
    await expectNewestCall(first, {
      id,
      end: 'hungUp',
      says: new RegExp(`Voice, Answered on ${ownNames.second}, \\d+ s,`),
    });
    await expect(first.element('missed-badge')).toBeHidden();
    await expectNewestCall(caller, {
      id: windows.calleeId,
      end: 'peerHungUp',
      says: /Voice, Outgoing, \d+ s,/,
    });
  });

  test('is one call when both answer at the same moment', async ({ household }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    await ringBoth(windows);
    household.line.hold();
    await Promise.all([first.answer(), second.answer()]);
    await Promise.all([first.expectPhase('connecting'), second.expectPhase('connecting')]);
    household.line.release();

    await caller.expectPhase('connected');
    await expect
      .poll(async () =>
        Promise.all([first, second].map(async ({ callView }) => callView.getAttribute('data-phase'))),
      )
      .toEqual(expect.arrayContaining(['connected', 'ended']));
    const firstHasIt = (await first.callView.getAttribute('data-phase')) === 'connected';
    const [winner, loser] = firstHasIt ? [first, second] : [second, first];
    const winnerName = firstHasIt ? ownNames.first : ownNames.second;
    await loser.expectEnded('answeredElsewhere');
    await says(loser, `answered on ${winnerName}`);
    await Promise.all([caller.expectPictureAndSound(), winner.expectPictureAndSound()]);
    await expect.poll(async () => loser.resources()).toMatchObject({ connections: 0 });

    await loser.close();
    await winner.hangUp();
    await Promise.all([caller.close(), winner.close()]);
    const id = await caller.id();
    await expectNewestCall(winner, { id, end: 'hungUp', says: /Video, Incoming/ });
    await expectNewestCall(loser, { id, end: 'hungUp', says: new RegExp(`Answered on ${winnerName}`) });
  });

  test('that is declined on one of them is declined', async ({ household }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    const id = await caller.id();
    await ringBoth(windows);
    await second.answer('decline');
    await first.expectEnded('declinedElsewhere');
    await says(first, `declined on ${ownNames.second}`);
    await expectOnlyRang(first);
    await caller.expectEnded('declined');
    await says(caller, 'they declined');
    await Promise.all([caller, first, second].map(async (window) => window.close()));

    await expectNewestCall(second, { id, end: 'declinedByMe', says: /Video, Declined,/ });
    await expectNewestCall(first, {
      id,
      end: 'declinedByMe',
      says: new RegExp(`Declined on ${ownNames.second}`),
    });
    await expect(first.element('missed-badge')).toBeHidden();
  });

  test('that nobody answers is missed on both, once', async ({ household }) => {
    const windows = windowsOf(household);
    const { caller, first, second } = windows;
    const id = await caller.id();
    await ringBoth(windows);
    await caller.hangUp();
    for (const window of [first, second]) {
      await window.expectEnded('missed');
      await window.close();
      await expectNewestCall(window, { id, end: 'missed', says: /Video, Missed,/ });
    }
    await caller.close();
  });

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

  test('rings on the one that is free, while the other is in a call that goes on', async ({
    household,
    launch,
  }) => {
    const windows = windowsOf(household);
    const { caller, first, second, calleeId } = windows;
    const id = await caller.id();
    const third = await launch('third', { args: ['--server', household.line.url], pageScript: notePhases });
    await third.window.ready();
    await third.window.dial(calleeId);
    await Promise.all([first.expectRinging(), second.expectRinging()]);
    await second.answer();
    await first.expectEnded('answeredElsewhere');
    await first.close();
    await Promise.all([third.window.expectPhase('connected'), second.expectPhase('connected')]);

    await caller.dial(calleeId);
    await first.expectRinging();
    await expect(caller.element('call-status')).toHaveText('Ringing');
    await first.answer();
    await Promise.all([caller.expectPhase('connected'), first.expectPhase('connected')]);
    await Promise.all([caller.expectFramesFlow(), first.expectFramesFlow()]);
    await Promise.all([second.expectFramesFlow(), third.window.expectFramesFlow()]);
    await caller.hangUp();
    await third.window.hangUp();
    await Promise.all([caller, first, second].map(async (window) => window.close()));

    await expectNewestCall(first, { id, end: 'peerHungUp', says: /Video, Incoming/ });
    const row = second.page.locator(`[data-testid="history-row"][data-id="${id}"]`).first();
    await expect(row.getByTestId('history-call')).toHaveAttribute(
      'aria-label',
      new RegExp(`Answered on ${ownNames.first}`),
    );
    await expect(second.element('missed-badge')).toBeHidden();
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
  test('is told so, stays out, and does not ring, until the identity is restored on it', async ({
    launch,
    follow,
    server,
  }) => {
    const household = await launchHousehold(server.url, launch);
    const { caller, first, second, calleeId } = windowsOf(household);
    await openPage(second, 'settings');
    await second.element('own-device-sign-out').click();
    await second.element('confirm-action').click();
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
