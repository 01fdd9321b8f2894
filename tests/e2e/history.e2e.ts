import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import type { LaunchedPair } from '#tests/support/e2e/launchPair.ts';
import { addContact, expectNewestCall, newestCall, openPage } from '#tests/support/e2e/people.ts';
import { folderWithCalls } from '#tests/support/e2e/seedCalls.ts';
import { personId } from '#tests/support/uiHarness/people.ts';

/** The caller dials, the callee takes it, they talk for a moment. */
async function talk({ caller, callee }: Pick<LaunchedPair, 'caller' | 'callee'>): Promise<void> {
  await caller.dial(await callee.id(), 'voice');
  await callee.expectRinging();
  await callee.answer();
  await caller.expectPhase('connected');
  await callee.expectPhase('connected');
  await caller.page.waitForFunction(
    () => document.querySelector('[data-testid="call-timer"]')?.textContent.trim() !== '00:00',
  );
  await caller.hangUp();
  await caller.close();
  await callee.close();
}

/** The window is there, but not the one that the person works in, until `__lookBack()`. */
const lookAway = `(() => {
  let away = true;
  const focused = Document.prototype.hasFocus;
  Document.prototype.hasFocus = function hasFocus() {
    return !away && focused.call(this);
  };
  globalThis.addEventListener('focus', (event) => away && event.stopImmediatePropagation(), true);
  globalThis.__lookBack = () => {
    away = false;
    globalThis.dispatchEvent(new Event('focus'));
  };
})();`;

// Three starts of the app in one test take longer than a call.
test.slow();

test.describe('the list of calls', () => {
  test('holds a call that was answered, with how long it was, on both sides', async ({ pair }) => {
    const { caller, callee } = pair;
    await talk(pair);
    await expectNewestCall(caller, { id: await callee.id(), end: 'hungUp', says: /Voice, Outgoing, \d+ s/ });
    await expectNewestCall(callee, {
      id: await caller.id(),
      end: 'peerHungUp',
      says: /Voice, Incoming, \d+ s/,
    });
  });

  test('tells a call that was declined from one that was missed', async ({ pair }) => {
    const { caller, callee } = pair;
    const [callerId, calleeId] = [await caller.id(), await callee.id()];
    await caller.dial(calleeId);
    await callee.expectRinging();
    await callee.answer('decline');
    await caller.expectEnded('declined');
    await caller.close();
    await callee.close();
    await expectNewestCall(caller, { id: calleeId, end: 'declined', says: /They declined/ });
    await expectNewestCall(callee, { id: callerId, end: 'declinedByMe', says: /Declined/ });

    await caller.dial(calleeId);
    await callee.expectRinging();
    await caller.hangUp();
    await caller.close();
    await callee.expectEnded('missed');
    await callee.close();
    await expectNewestCall(caller, { id: calleeId, end: 'cancelled', says: /Cancelled/ });
    await expectNewestCall(callee, { id: callerId, end: 'missed', says: /Missed/ });
  });

  test('calls back from the row, and loses a row that is deleted', async ({ pair }) => {
    const { caller, callee } = pair;
    await talk(pair);
    const total = async () => Number(await callee.element('history').getAttribute('data-total'));
    await newestCall(callee).hover();
    await newestCall(callee).getByTestId('history-video').click();
    await caller.expectRinging();
    await caller.answer('decline');
    await callee.expectEnded('declined');
    await callee.close();
    await caller.close();

    await expectNewestCall(callee, { id: await caller.id(), end: 'declined', says: /They declined/ });
    const before = await total();
    await newestCall(callee).getByTestId('history-call').focus();
    await callee.page.keyboard.press('Delete');
    await expect.poll(total).toBe(before - 1);
    await expect(newestCall(callee)).toHaveAttribute('data-end', 'peerHungUp');
  });

  test('is still there after a restart, and empty after everything was deleted', async ({
    launchTwo,
    launch,
    server,
  }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const calleeId = await callee.window.id();
    await talk({ caller: caller.window, callee: callee.window });
    await caller.app.close();
    const again = await launch('caller', { args: ['--server', server.url], folder: caller.folder });
    await again.window.ready();
    await expectNewestCall(again.window, { id: calleeId, end: 'hungUp', says: /Outgoing, \d+ s/ });
    await again.window.element('history-remove-menu').click();
    await again.window.element('history-remove-all').click();
    await again.window.element('confirm-action').click();
    await expect(again.window.element('history-empty')).toContainText('No calls yet');
  });

  test('loses what is older than a month, missed or not, once that is confirmed; the rest stays', async ({
    launch,
    server,
  }) => {
    const day = 24 * 60 * 60_000;
    const folder = await folderWithCalls(
      [1, 20, 40, 400].flatMap((days) =>
        [true, false].map((missed) => ({ at: Date.now() - days * day, missed })),
      ),
    );
    const args = ['--server', server.url];
    const { app, window } = await launch('caller', { args, folder });
    await window.ready();
    await addContact(window, { id: personId(80), name: 'North office' });
    const total = expect.poll(async () => window.element('history').getAttribute('data-total'));
    await total.toBe('8');
    await window.element('history-filter-missed').click();
    await total.toBe('4');

    await window.element('history-remove-menu').click();
    await window.element('history-remove-month').click();
    await expect(window.element('confirm')).toContainText('not missed are deleted too');
    await window.element('confirm-cancel').click();
    await total.toBe('4');
    await window.element('history-remove-menu').click();
    await window.element('history-remove-month').click();
    await window.element('confirm-action').click();
    await total.toBe('2');
    await window.element('history-filter-all').click();
    await total.toBe('4');

    await app.close();
    const again = await launch('caller', { args, folder });
    await expect(again.window.element('history')).toHaveAttribute('data-total', '4');
    await openPage(again.window, 'contacts');
    await expect(again.window.element('contact')).toContainText('North office');
  });

  test('has a call that came during another one as missed', async ({ pair, launch }) => {
    const { caller, callee } = pair;
    const third = await launch('third', { args: ['--server', pair.server.url] });
    await third.window.ready();
    const [calleeId, thirdId] = [await callee.id(), await third.window.id()];
    await caller.dial(calleeId);
    await callee.expectRinging();
    await callee.answer();
    await callee.expectPhase('connected');
    await third.window.dial(calleeId);
    await third.window.expectEnded('busy');
    await third.window.close();
    await expectNewestCall(third.window, { id: calleeId, end: 'busy', says: /Busy/ });
    await caller.hangUp();
    await caller.close();
    await callee.close();
    await expect(callee.page.locator(`[data-testid="history-row"][data-id="${thirdId}"]`)).toHaveCount(1);
    await expect(
      callee.page.locator(`[data-testid="history-row"][data-id="${thirdId}"] [data-testid="history-call"]`),
    ).toHaveAttribute('aria-label', /Missed/);
  });
});

test.describe('a call to somebody who is offline', () => {
  test('leaves word, which waits, is counted, and is marked until it was looked at', async ({
    launchTwo,
    launch,
    server,
  }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const [callerId, calleeId] = [await caller.window.id(), await callee.window.id()];
    await callee.app.close();

    await caller.window.dial(calleeId);
    await caller.window.expectEnded('offline');
    await expect(caller.window.element('end-notice')).toHaveText('They will see that you called.');
    await expect(caller.window.element('live-region')).toContainText('They will see that you called.');
    await caller.window.close();
    await expectNewestCall(caller.window, { id: calleeId, end: 'offline', says: /They were offline/ });

    const back = await launch('callee', {
      args: ['--server', server.url],
      folder: callee.folder,
      pageScript: lookAway,
    });
    await expectNewestCall(back.window, { id: callerId, end: 'missed', says: /, new, Video, Missed/ });
    await expect(back.window.element('missed-badge')).toHaveText('1');
    expect((await back.app.attention()).badge).toBe(1);

    await back.window.page.evaluate(() => {
      (globalThis as unknown as { __lookBack: () => void }).__lookBack();
    });
    await expect(back.window.element('missed-badge')).toBeHidden();
    await expect.poll(async () => (await back.app.attention()).badge).toBe(0);
    await expect(newestCall(back.window).getByTestId('history-call')).not.toHaveAttribute(
      'aria-label',
      /, new,/,
    );
  });

  test('that rang while the app was killed is there at the next start', async ({
    launchTwo,
    launch,
    server,
  }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const callerId = await caller.window.id();
    await caller.window.dial(await callee.window.id());
    await callee.window.expectRinging();
    await expect(newestCall(callee.window)).toHaveAttribute('data-id', callerId);
    await callee.app.kill();
    const back = await launch('callee', {
      args: ['--server', server.url],
      folder: callee.folder,
      pageScript: lookAway,
    });
    await expectNewestCall(back.window, { id: callerId, end: 'missed', says: /, new, Video, Missed/ });
    expect((await back.app.attention()).badge).toBe(1);
    await caller.window.hangUp();
  });
});
