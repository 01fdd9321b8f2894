import { expect } from '@playwright/test';
import {
  expectOnlyRang,
  ringBoth,
  says,
  talk,
  test,
  timeOf,
  windowsOf,
} from '#tests/support/e2e/household.ts';
import { ownNames } from '#tests/support/e2e/ownDevices.ts';
import { expectNewestCall } from '#tests/support/e2e/people.ts';
import { notePhases } from '#tests/support/e2e/phaseLog.ts';

/** From the moment at which one computer has the call, milliseconds. */
const stopsWithinMs = 1_000;

/** A machine with too much to do can hold one of them up; whatever waits for something holds up all. */
const stopRounds = 3;

// Three and more starts of the app in one test take longer than a call.
test.slow();

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
});
